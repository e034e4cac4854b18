"""Handlers of registrations, and of the check before them."""

from collections.abc import Callable
from typing import TypeAlias

from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2
from modelregistry.v1 import catalog_service_pb2 as pb
from registry_grpc.domain.digest import PREFIX
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.violations import Violations
from registry_grpc.services.registration import Registrations
from registry_grpc.services.registration_check import Registration
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.upload import blob_ref
from registry_grpc.transport.convert.version import RegistrationRequest, draft_from
from registry_grpc.transport.method import Method
from registry_grpc.transport.version import full_message

ReadLimits: TypeAlias = Callable[[str], artifact_service_pb2.TransferLimits]
"""Reads the limits of a namespace; raises NamespaceNotFound."""
_REQUEST_ID = "0" * 36
_DIGEST = PREFIX + "0" * 64
# More than a digest or a request id adds to an encoded message.
_ADDED_BYTES = 80
_REGISTER = Method.declared(
    pb.DESCRIPTOR.services_by_name["CatalogService"].methods_by_name["RegisterVersion"]
)


class RegistrationHandlers:
    """CatalogService, as far as new versions go. limits: reads those of a namespace."""

    def __init__(
        self,
        registrations: Registrations,
        limits: ReadLimits,
    ) -> None:
        self._registrations = registrations
        self._limits = limits

    def RegisterVersion(self, call: Call, request: pb.RegisterVersionRequest) -> bytes:
        name, wanted = self._read(call, request, hashed=True)
        mutation = call.mutation(request, full_message)
        return self._registrations.register(mutation, name, wanted).reply

    def CheckRegistration(self, call: Call, request: pb.CheckRegistrationRequest) -> Message:
        _require_size(request)
        name, wanted = self._read(call, request, hashed=False)
        passed = self._registrations.check(call.principal.name, name, wanted)
        return pb.CheckRegistrationResponse(
            missing=[blob_ref(*blob) for blob in passed.missing],
            needs_digests=passed.needs_digests,
            limits=self._limits(name.namespace),
            revision=passed.revision,
        )

    def _read(
        self, call: Call, request: RegistrationRequest, *, hashed: bool
    ) -> tuple[ModelName, Registration]:
        """Return what is to be registered; raises InvalidRequest, with all other problems.

        hashed: whether each file needs a digest, and its bytes must be there.
        """
        found = Violations()
        name = found.parse("parent", ModelName.parse, request.parent)
        draft = draft_from(request, found, hashed=hashed)
        wanted = Registration(draft, request.alias, request.alias_etag, request.create_model)
        wanted.check(found)
        if name is None or found:
            raise self._registrations.refusal(
                call.principal.name, name, wanted, found, bytes_first=hashed
            )
        return name, wanted


def _require_size(request: pb.CheckRegistrationRequest) -> None:
    """Raise LimitExceeded when the registration would be too large as a message."""
    if request.ByteSize() + (len(request.files) + 1) * _ADDED_BYTES <= _REGISTER.most_bytes:
        return
    # The fields of both requests have the same numbers.
    whole = pb.RegisterVersionRequest.FromString(request.SerializeToString())
    whole.request_id = _REQUEST_ID
    for file in whole.files:
        file.digest = file.digest or _DIGEST
    _REGISTER.require_size(whole.SerializeToString())
