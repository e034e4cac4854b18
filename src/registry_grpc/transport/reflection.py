"""Server reflection, for grpcurl and its kin.

grpcio ships the servicer as v1alpha only; the messages of v1 are the same on the wire, so the same
servicer answers under both names.
"""

from collections.abc import Iterable

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer

_NAMES = (reflection.SERVICE_NAME, "grpc.reflection.v1.ServerReflection")


def reflection_handlers(services: Iterable[str]) -> list[grpc.GenericRpcHandler]:
    """Return the handlers to register; they describe `services` and reflection itself."""
    servicer = ReflectionServicer([*services, reflection.SERVICE_NAME])
    method = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return [
        grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": method})
        for name in _NAMES
    ]
