"""One call: its caller, its method and its ids."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from google.protobuf.message import Message
from google.rpc import status_pb2

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.ids import uuid
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.violations import parsed
from registry_grpc.services.mutation import Mutation
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.frame import encode
from registry_grpc.transport.history import stamped

_T = TypeVar("_T")


class MutatingRequest(Protocol):
    """A request with the field that makes a repeat harmless."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Call:
    """method: full name. id: of this call, for the log; not the `request_id` of mutations.

    history: of the log, as known when the call began. failed: the errors of single items of a
    batch, for the log; the call itself ends well.
    """

    method: str
    principal: Principal
    id: str
    history: str = ""
    failed: list[RegistryError] = field(default_factory=list)

    def item_status(self, error: RegistryError | None) -> status_pb2.Status:
        """Return the status of one item of a batch, and note its error."""
        if error is None:
            return status_pb2.Status()
        self.failed.append(error)
        return status_of(error, self.id)

    def mutation(self, request: MutatingRequest, render: Callable[[_T], Message]) -> Mutation[_T]:
        """Return what a mutating use case needs; raises InvalidRequest for a bad request_id."""
        request_id = request.request_id
        if request_id:
            parsed("request_id", uuid, request_id)
        return Mutation(
            actor=self.principal,
            request_id=request_id,
            fingerprint=self._fingerprint(request) if request_id else "",
            reply=lambda result, history: encode(stamped(render(result), history)),
        )

    def _fingerprint(self, request: MutatingRequest) -> str:
        if not isinstance(request, Message):
            message = f"not a message: {type(request).__name__}"
            raise TypeError(message)
        content = request.SerializeToString(deterministic=True)
        return hashlib.sha256(self.method.encode() + b"\0" + content).hexdigest()
