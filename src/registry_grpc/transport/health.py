"""grpc.health.v1 for asyncio, with a Watch that ends when the server drains.

The servicer that grpcio ships never ends its Watch, so that one watcher holds up every shutdown.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable

import grpc
from grpc_health.v1 import health_pb2

from registry_grpc.transport.guard import Context

SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Health:
    """The state of each service; '' is the whole server. Used from one event loop."""

    def __init__(self, services: Iterable[str]) -> None:
        self._states = dict.fromkeys(["", *services], int(_NOT_SERVING))
        self._changed = asyncio.Event()
        self._drained = False

    def set(self, *, serving: bool, but: Collection[str] = ()) -> None:
        """Set the state of all services; without effect once draining.

        but: services that are in the other state. The whole server serves when all services do.
        """
        if not self._drained:
            states = {
                name: _SERVING if serving != (name in but) else _NOT_SERVING
                for name in self._states
                if name
            }
            whole = _SERVING if set(states.values()) == {_SERVING} else _NOT_SERVING
            self._states = {"": whole, **states}
            self._notify()

    def drain(self) -> None:
        """Say NOT_SERVING from now on and end every Watch."""
        self.set(serving=False)
        self._drained = True
        self._notify()

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the handler to register."""
        read = health_pb2.HealthCheckRequest.FromString
        write = health_pb2.HealthCheckResponse.SerializeToString
        table = {
            "Check": grpc.unary_unary_rpc_method_handler(self._check, read, write),
            "Watch": grpc.unary_stream_rpc_method_handler(self._watch, read, write),
        }
        return grpc.method_handlers_generic_handler(SERVICE, table)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _check(
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        state = self._states.get(request.service)
        if state is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return health_pb2.HealthCheckResponse(status=state)

    async def _watch(
        self, request: health_pb2.HealthCheckRequest, _: Context
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        last = None
        while True:
            changed = self._changed
            state = self._states.get(request.service, _UNKNOWN)
            if state != last:
                yield health_pb2.HealthCheckResponse(status=state)
                last = state
            if self._drained:
                return
            await changed.wait()
