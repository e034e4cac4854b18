"""Handlers of lookups."""

from datetime import datetime

from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.lookup import Lookups
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.time import moment
from registry_grpc.transport.convert.version import version_message
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.version import is_full

_MOST_REFS = 1_000


class LookupHandlers:
    """LookupService."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    def ResolveVersion(self, call: Call, request: pb.ResolveVersionRequest) -> Message:
        full = is_full(request.view, default=False)
        found = self._lookups.resolve([request.ref], _as_of(request), request.min_revision)
        answer = found.answers[0]
        if isinstance(answer, RegistryError):
            raise answer
        version = version_message(answer, full=full)
        return pb.ResolveVersionResponse(version=version, revision=found.revision)

    def BatchResolveVersions(self, call: Call, request: pb.BatchResolveVersionsRequest) -> Message:
        full = is_full(request.view, default=False)
        if not 1 <= len(request.refs) <= _MOST_REFS:
            raise invalid("refs", f"1 to {_MOST_REFS} references are needed")
        found = self._lookups.resolve(request.refs, _as_of(request), request.min_revision)
        pairs = zip(request.refs, found.answers, strict=True)
        return pb.BatchResolveVersionsResponse(
            resolutions=[_resolution(call, ref, answer, full=full) for ref, answer in pairs],
            revision=found.revision,
        )


def _resolution(
    call: Call, ref: str, answer: Version | RegistryError, *, full: bool
) -> pb.Resolution:
    if isinstance(answer, RegistryError):
        return pb.Resolution(ref=ref, error=status_of(answer, call.id))
    return pb.Resolution(ref=ref, version=version_message(answer, full=full))


def _as_of(
    request: pb.ResolveVersionRequest | pb.BatchResolveVersionsRequest,
) -> datetime | None:
    if not request.HasField("as_of"):
        return None
    try:
        return moment(request.as_of)
    except ValueError as error:
        raise invalid("as_of", str(error)) from error
