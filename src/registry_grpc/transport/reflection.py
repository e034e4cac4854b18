"""Server reflection, for grpcurl and its kin.

grpcio ships the servicer as v1alpha only; the messages of v1 are the same on the wire, so the same
servicer answers under both names.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import cast

import grpc
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer

from registry_grpc.transport.guard import Context
from registry_grpc.transport.public_calls import PublicCalls

_Request = reflection_pb2.ServerReflectionRequest
_Reply = reflection_pb2.ServerReflectionResponse
_NAMES = (reflection.SERVICE_NAME, "grpc.reflection.v1.ServerReflection")


def reflection_handlers(
    services: Iterable[str], calls: PublicCalls
) -> list[grpc.GenericRpcHandler]:
    """Return the handlers to register; they describe `services` and reflection itself."""
    servicer = ReflectionServicer([*services, reflection.SERVICE_NAME])
    # The stubs of grpcio-reflection take it for a coroutine.
    answer = cast("Callable[..., AsyncIterator[_Reply]]", servicer.ServerReflectionInfo)

    async def info(_: object, context: Context) -> AsyncIterator[_Reply]:
        async for request in calls.call(context).all(_Request.FromString):
            async for reply in answer(_one(request), context):
                reply.original_request.CopyFrom(request)
                yield reply

    method: grpc.RpcMethodHandler[_Request, _Reply] = grpc.stream_stream_rpc_method_handler(
        info,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return [
        grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": method})
        for name in _NAMES
    ]


async def _one(request: _Request) -> AsyncIterator[_Request]:
    """Yield the request with a method's name replaced by its service's.

    The protocol finds a file by either; protobuf's pool, and so the servicer, knows no methods.
    """
    service, _, method = request.file_containing_symbol.rpartition(".")
    try:
        methods = descriptor_pool.Default().FindServiceByName(service).methods_by_name
    except KeyError:
        methods = {}
    yield _Request(file_containing_symbol=service) if method in methods else request
