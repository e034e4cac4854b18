"""A scripted peer for the synchronous client, by grpcio-testing: no network, one call at a time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import grpc
import grpc_testing
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from modelregistry import Client
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

Result = TypeVar("Result")
SERVICES = {
    name: service
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
    for name, service in file.DESCRIPTOR.services_by_name.items()
}


@dataclass(frozen=True)
class Asked(Generic[Result]):
    """A call that waits for its answer, made by the client in another thread."""

    call: "Future[Result]"
    rpc: grpc_testing.UnaryUnaryChannelRpc
    metadata: dict[str, str]
    request: Message

    def answer(self, reply: Message) -> Result:
        """Answer, and return what the client made of it."""
        self.rpc.terminate(reply, (), grpc.StatusCode.OK, "")
        return self.call.result(timeout=10)

    def fail(self, code: grpc.StatusCode, message: str, *trailers: tuple[str, bytes]) -> None:
        """Fail the call; what the client raises is raised here."""
        self.rpc.terminate(None, trailers, code, message)
        self.call.result(timeout=10)

    def drop(self) -> None:
        """Break the connection of the call."""
        self.rpc.terminate(None, (), grpc.StatusCode.UNAVAILABLE, "Socket closed")


def an_error_info(reason: str, **metadata: str) -> tuple[str, bytes]:
    """Return the trailer in which the registry gives the reason of an error."""
    status = status_pb2.Status()
    info = error_details_pb2.ErrorInfo(reason=reason, domain="modelregistry", metadata=metadata)
    status.details.add().Pack(info)
    return "grpc-status-details-bin", status.SerializeToString()


class Peer:
    """Takes calls of the client, and says when to fail."""

    def __init__(self, channel: grpc_testing.Channel, pool: ThreadPoolExecutor) -> None:
        self._channel = channel
        self._pool = pool

    def take(self, method: str, call: Callable[[], Result]) -> Asked[Result]:
        """Have `call` made and take the `Service.Method` call that it makes."""
        return self._taken(method, self._pool.submit(call))

    def retake(self, method: str, asked: Asked[Result]) -> Asked[Result]:
        """Take the next try of a call that did not end with the one before."""
        return self._taken(method, asked.call)

    def _taken(self, method: str, call: "Future[Result]") -> Asked[Result]:
        service, _, name = method.partition(".")
        descriptor = SERVICES[service].methods_by_name[name]
        metadata, request, rpc = self._channel.take_unary_unary(descriptor)
        return Asked(call, rpc, dict(metadata), request)


@contextmanager
def scripted(**options: str) -> Iterator[tuple[Client, Peer]]:
    """A client whose channel ends at the peer."""
    channel = grpc_testing.channel(list(SERVICES.values()), grpc_testing.strict_real_time())
    with (
        ThreadPoolExecutor(1) as pool,
        Client("localhost:1", channel=channel, **options) as client,  # type: ignore[arg-type]
    ):
        yield client, Peer(channel, pool)
