"""The handler table, built from the contract's descriptors: complete, or nothing starts."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
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
from registry_grpc.transport.access import UndeclaredError
from registry_grpc.transport.frame import encode
from registry_grpc.transport.method import Method, full_name
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.quick import QuickHandlers
from registry_grpc.transport.read_cache import CachedRead
from registry_grpc.transport.streaming import Streams

# gRPC asks one service after the other whose method it is: the one that is called most comes first.
SERVICES: Sequence[ServiceDescriptor] = tuple(
    service
    for file in (
        lookup_service_pb2,
        catalog_service_pb2,
        artifact_service_pb2,
        governance_service_pb2,
        lineage_service_pb2,
        route_service_pb2,
        deployment_service_pb2,
        monitoring_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
)

LOOKUPS = lookup_service_pb2.DESCRIPTOR.services_by_name["LookupService"].full_name

BYTES = artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"].full_name
WRITING = frozenset(service.full_name for service in SERVICES) - {LOOKUPS}
"""The services that have methods which change something."""


class IncompleteTableError(Exception):
    """A method of the contract has no handler, two handlers, or no declared access."""


def generic_handlers(
    pipeline: Pipeline, streams: Streams, handlers: Iterable[object]
) -> Sequence[grpc.GenericRpcHandler]:
    """Return the generic handlers of the contract.

    Only generic handlers are fast on every grpcio: from 1.84.2 to 1.85.1 the asyncio server waits
    on a future per *registered* method for each call. Raises IncompleteTableError.
    """
    objects = list(handlers)
    table = _Table()
    for service in SERVICES:
        for method in service.methods:
            table.add(f"/{full_name(method)}", _rpc_handler(pipeline, streams, method, objects))
    return [table]


class _Table(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        self._quick: dict[str, QuickHandlers] = {}

    def add(self, path: str, handler: "grpc.RpcMethodHandler[Any, Any] | QuickHandlers") -> None:
        if isinstance(handler, QuickHandlers):
            self._quick[path] = handler
        else:
            self._handlers[path] = handler

    @override
    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        path = handler_call_details.method
        quick = self._quick.get(path)
        if quick is not None:
            return quick.of(handler_call_details.invocation_metadata)
        return self._handlers.get(path)


def _rpc_handler(
    pipeline: Pipeline,
    streams: Streams,
    descriptor: MethodDescriptor,
    objects: Sequence[object],
) -> "grpc.RpcMethodHandler[Any, Any] | QuickHandlers":
    # Every method takes a stream to gRPC: it asks for its messages itself, once the caller is
    # admitted, and takes them as bytes.
    handler = _handler(descriptor, objects)
    try:
        method = Method.declared(descriptor)
    except UndeclaredError as error:
        raise IncompleteTableError(*error.args) from error
    if descriptor.client_streaming and not method.has_bulk:
        reports = streams.report_stream(method, handler)
        return grpc.stream_stream_rpc_method_handler(reports, None, encode)
    if descriptor.client_streaming:
        call = streams.bidi_stream(method, handler)
        return grpc.stream_stream_rpc_method_handler(call, None, encode)
    if inspect.isasyncgenfunction(handler):
        events = streams.event_stream(method, handler)
        return grpc.stream_stream_rpc_method_handler(events, None, encode)
    if descriptor.server_streaming:
        stream = streams.server_stream(method, handler)
        return grpc.stream_stream_rpc_method_handler(stream, None, encode)
    if isinstance(handler, CachedRead):
        return QuickHandlers(pipeline.cached(method, handler))
    return grpc.stream_unary_rpc_method_handler(pipeline.unary(method, handler), None, encode)


def _handler(method: MethodDescriptor, objects: Sequence[object]) -> Any:  # noqa: ANN401
    found = [getattr(thing, method.name) for thing in objects if hasattr(thing, method.name)]
    if len(found) != 1:
        message = f"{method.full_name} has {len(found)} handlers"
        raise IncompleteTableError(message)
    return found[0]
