"""A gRPC proxy that forwards bytes, and lets a test change the replies of one method."""

from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from typing_extensions import override

from modelregistry.v1 import (
    artifact_service_pb2,
    catalog_service_pb2,
    deployment_service_pb2,
    governance_service_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
    monitoring_service_pb2,
    route_service_pb2,
)

_A_DAY_S: Final = 86_400.0
_LIMIT: Final = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]

METHODS: Final[dict[str, MethodDescriptor]] = {
    f"/{service.full_name}/{method.name}": method
    for file in (
        artifact_service_pb2,
        catalog_service_pb2,
        governance_service_pb2,
        lineage_service_pb2,
        lookup_service_pb2,
        route_service_pb2,
        deployment_service_pb2,
        monitoring_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
"""Every method that the SDK can call, by its path."""

Replies = Iterator[bytes]
Lie = Callable[[Replies, grpc.ServicerContext], Iterable[bytes]]
"""Makes of the honest replies of a call what goes out instead."""


def reply_of(path: str) -> type[Message]:
    """Return the class of a method's reply."""
    return message_factory.GetMessageClass(METHODS[path].output_type)


@dataclass
class HostileRegistry:
    """The proxy. Honest until `lies` has the path of a method."""

    upstream: grpc.Channel
    target: str = ""
    lies: dict[str, Lie] = field(default_factory=dict)
    heard: dict[str, bytes] = field(default_factory=dict)
    """The largest honest reply of each method so far, by path."""

    def handle(
        self, path: str, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterable[bytes]:
        """Answer one call."""
        replies = self._noted(path, self._honest(path, requests, context))
        return iter(self.lies[path](replies, context)) if path in self.lies else replies

    def _honest(
        self, path: str, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Replies:
        kept = ("authorization", "x-request-id", "x-registry-detail-bytes")
        metadata = [(key, value) for key, value in context.invocation_metadata() if key in kept]
        left = context.time_remaining()
        seconds = left if left < _A_DAY_S else None
        method = METHODS[path]
        arguments: dict[str, Any] = {"timeout": seconds, "metadata": tuple(metadata)}
        try:
            if method.client_streaming:
                writes: Any = self.upstream.stream_stream(path)
                call = writes(requests, **arguments)
            else:
                reads: Any = self.upstream.unary_stream(path)
                call = reads(next(requests), **arguments)
            context.add_callback(lambda: _cancel(call))
            yield from call
        except grpc.RpcError as broken:
            error: Any = broken
            context.set_trailing_metadata(tuple(error.trailing_metadata() or ()))
            context.abort(error.code(), error.details() or "")

    def _noted(self, path: str, replies: Replies) -> Replies:
        for reply in replies:
            if len(reply) > len(self.heard.get(path, b"")):
                self.heard[path] = reply
            yield reply


def _cancel(call: Any) -> None:  # noqa: ANN401 - a call of any kind
    call.cancel()


class _Methods(grpc.GenericRpcHandler):
    """Every method as streams of bytes: what is unary on the wire is a stream of one."""

    def __init__(self, registry: HostileRegistry) -> None:
        self._registry = registry

    @override
    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        path = str(handler_call_details.method)
        if path not in METHODS:
            return None

        def handle(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterable[bytes]:
            return self._registry.handle(path, requests, context)

        return grpc.stream_stream_rpc_method_handler(handle)


@contextmanager
def hostile(upstream: str) -> Iterator[HostileRegistry]:
    """Serve a proxy of the registry at `upstream` on a port that the system chooses."""
    options = [("grpc.so_reuseport", 0), *_LIMIT]
    server = grpc.server(futures.ThreadPoolExecutor(16), options=options)
    with grpc.insecure_channel(upstream, _LIMIT) as channel:
        registry = HostileRegistry(channel)
        server.add_generic_rpc_handlers((_Methods(registry),))
        registry.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield registry
        finally:
            server.stop(None).wait()
