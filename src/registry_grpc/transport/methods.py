"""The handler table, built from the contract's descriptors: complete, or nothing starts."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from modelregistry.v1 import (
    access_pb2,
    artifact_service_pb2,
    catalog_service_pb2,
    governance_service_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
)
from registry_grpc.domain.principal import Permission
from registry_grpc.transport.memory import RememberedRead
from registry_grpc.transport.pipeline import Pipeline, encode

# gRPC asks one service after the other whose method it is: the one that is called most comes first.
SERVICES: Sequence[ServiceDescriptor] = tuple(
    service
    for file in (
        lookup_service_pb2,
        catalog_service_pb2,
        artifact_service_pb2,
        governance_service_pb2,
        lineage_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
)

LOOKUPS = lookup_service_pb2.DESCRIPTOR.services_by_name["LookupService"].full_name

BYTES = artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"].full_name
WRITING = frozenset(service.full_name for service in SERVICES) - {LOOKUPS}
"""The services that have methods which change something."""

_PERMISSIONS = {
    access_pb2.PERMISSION_READ: Permission.READ,
    access_pb2.PERMISSION_WRITE: Permission.WRITE,
    access_pb2.PERMISSION_APPROVE: Permission.APPROVE,
    access_pb2.PERMISSION_ADMIN: Permission.ADMIN,
}


class IncompleteTableError(Exception):
    """A method of the contract has no handler, two handlers, or no permission."""


def generic_handlers(
    pipeline: Pipeline, handlers: Iterable[object]
) -> Sequence[grpc.GenericRpcHandler]:
    """Return one generic handler per service of the contract.

    Only generic handlers are fast on every grpcio: from 1.84.2 to 1.85.1 the asyncio server waits
    on a future per *registered* method for each call. Raises IncompleteTableError.
    """
    objects = list(handlers)
    return [
        grpc.method_handlers_generic_handler(
            service.full_name,
            {method.name: _rpc_handler(pipeline, method, objects) for method in service.methods},
        )
        for service in SERVICES
    ]


def changing_methods() -> frozenset[str]:
    """Return the full names of the methods that change something, as the contract declares."""
    methods = (method for service in SERVICES for method in service.methods)
    return frozenset(
        _full_name(method)
        for method in methods
        if method.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS
    )


def permission_of(method: MethodDescriptor) -> Permission:
    """Return what the contract demands of callers; raises IncompleteTableError."""
    declared = method.GetOptions().Extensions[access_pb2.permission]
    if declared not in _PERMISSIONS:
        message = f"{method.full_name} declares no permission"
        raise IncompleteTableError(message)
    return _PERMISSIONS[declared]


def _rpc_handler(
    pipeline: Pipeline, method: MethodDescriptor, objects: Sequence[object]
) -> "grpc.RpcMethodHandler[Any, Any]":
    handler = _handler(method, objects)
    name, permission = _full_name(method), permission_of(method)
    read, write = message_factory.GetMessageClass(method.input_type).FromString, encode
    if method.client_streaming:
        call = pipeline.bidi_stream(name, permission, handler)
        return grpc.stream_stream_rpc_method_handler(call, read, write)
    if inspect.isasyncgenfunction(handler):
        feed = pipeline.feed(name, permission, handler)
        return grpc.unary_stream_rpc_method_handler(feed, read, write)
    if method.server_streaming:
        stream = pipeline.server_stream(name, permission, handler)
        return grpc.unary_stream_rpc_method_handler(stream, read, write)
    if isinstance(handler, RememberedRead):
        remembered = pipeline.remembered(name, permission, handler, read)
        return grpc.unary_unary_rpc_method_handler(remembered, None, encode)
    unary = pipeline.unary(name, permission, handler)
    return grpc.unary_unary_rpc_method_handler(unary, read, write)


def _full_name(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def _handler(method: MethodDescriptor, objects: Sequence[object]) -> Any:  # noqa: ANN401
    found = [getattr(thing, method.name) for thing in objects if hasattr(thing, method.name)]
    if len(found) != 1:
        message = f"{method.full_name} has {len(found)} handlers"
        raise IncompleteTableError(message)
    return found[0]
