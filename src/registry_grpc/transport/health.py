"""grpc.health.v1 for asyncio, with a Watch that ends when the server drains.

The servicer that grpcio ships never ends its Watch, so that one watcher holds up every shutdown.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from registry_grpc.transport.guard import Context, end_call
from registry_grpc.transport.public_calls import PublicCalls

_Request = health_pb2.HealthCheckRequest

SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Health:
    """The state of each service; '' is the whole server. Used from one event loop."""

    def __init__(self, services: Iterable[str], calls: PublicCalls) -> None:
        self._calls = calls
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
        write = health_pb2.HealthCheckResponse.SerializeToString
        table: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "Check": grpc.stream_unary_rpc_method_handler(self._check, None, write),
            "Watch": grpc.stream_stream_rpc_method_handler(self._watch, None, write),
        }
        return grpc.method_handlers_generic_handler(SERVICE, table)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _check(self, _: object, context: Context) -> health_pb2.HealthCheckResponse:
        request = await self._calls.call(context).one(_Request.FromString)
        state = self._states.get(request.service)
        if state is None:
            await end_call(context, grpc.StatusCode.NOT_FOUND, "unknown service")
        return health_pb2.HealthCheckResponse(status=state)

    async def _watch(
        self, _: object, context: Context
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        call = self._calls.call(context)
        request = await call.one(_Request.FromString)
        with call.held() as free:
            if not free:
                await call.overloaded()
            async for state in self._states_of(request.service):
                yield health_pb2.HealthCheckResponse(status=state)

    async def _states_of(self, service: str) -> AsyncIterator[int]:
        last = None
        while True:
            changed = self._changed
            state = self._states.get(service, _UNKNOWN)
            if state != last:
                yield state
                last = state
            if self._drained:
                return
            await changed.wait()
