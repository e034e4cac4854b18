"""The contract without the SDK: raw stubs, and errors as their parts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from modelregistry.v1 import (
    artifact_service_pb2_grpc,
    catalog_service_pb2_grpc,
    deployment_service_pb2_grpc,
    governance_service_pb2_grpc,
    lineage_service_pb2_grpc,
    lookup_service_pb2_grpc,
    monitoring_service_pb2_grpc,
    route_service_pb2_grpc,
)


class Stubs:
    """Every method of the contract by its name, whatever its service; token: of the caller."""

    def __init__(self, channel: grpc.Channel, token: str | None = None) -> None:
        self._token = token
        self._stubs = (
            catalog_service_pb2_grpc.CatalogServiceStub(channel),
            artifact_service_pb2_grpc.ArtifactServiceStub(channel),
            lookup_service_pb2_grpc.LookupServiceStub(channel),
            lineage_service_pb2_grpc.LineageServiceStub(channel),
            governance_service_pb2_grpc.GovernanceServiceStub(channel),
            route_service_pb2_grpc.RouteServiceStub(channel),
            deployment_service_pb2_grpc.DeploymentServiceStub(channel),
            monitoring_service_pb2_grpc.MonitoringServiceStub(channel),
        )

    def __getattr__(self, method: str) -> Callable[..., Any]:
        for stub in self._stubs:
            if hasattr(stub, method):
                found: Callable[..., Any] = getattr(stub, method)
                if self._token is None:
                    return found
                return partial(found, metadata=(("authorization", f"Bearer {self._token}"),))
        raise AttributeError(method)


@contextmanager
def connected(target: str, token: str | None = None) -> Iterator[Stubs]:
    """Stubs of the server at a target."""
    with grpc.insecure_channel(target) as channel:
        yield Stubs(channel, token)


@dataclass(frozen=True)
class Refusal:
    """A failed call: code, reason, metadata, and the fields that BadRequest names."""

    code: str
    reason: str
    metadata: dict[str, str]
    fields: tuple[str, ...]
    details: tuple[str, ...]
    message: str


def refusal(error: grpc.RpcError) -> Refusal:
    """Return the parts of an error; every error of the registry must have them."""
    call = cast("grpc.Call", error)  # what stubs raise is both
    status = rpc_status.from_call(call)
    assert status is not None, f"no details: {call.code()} {call.details()}"
    details = {detail.TypeName(): detail for detail in status.details}
    assert len(details) == len(status.details), "a detail type appears twice"
    info = error_details_pb2.ErrorInfo()
    assert details["google.rpc.ErrorInfo"].Unpack(info)
    assert info.domain == "modelregistry"
    bad = error_details_pb2.BadRequest()
    if "google.rpc.BadRequest" in details:
        details["google.rpc.BadRequest"].Unpack(bad)
    return Refusal(
        code=call.code().name,
        reason=info.reason,
        metadata=dict(info.metadata),
        fields=tuple(violation.field for violation in bad.field_violations),
        details=tuple(details),
        message=status.message,
    )


def refused(call: Callable[[Any], Any], request: Message | Iterator[Message]) -> Refusal:
    """Return how a call is refused; fail when it is not."""
    try:
        reply = call(request)
        if hasattr(reply, "__iter__"):
            reply = list(reply)
    except grpc.RpcError as error:
        return refusal(error)
    message = f"not refused: {str(reply)[:200]}"
    raise AssertionError(message)
