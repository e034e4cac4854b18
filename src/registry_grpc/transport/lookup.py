"""Handlers of lookups."""

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta

from google.protobuf import duration_pb2
from google.protobuf.message import Message
from typing_extensions import override

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.answers import Answer
from registry_grpc.services.lookup import Lookups
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.time import moment
from registry_grpc.transport.convert.version import version_message
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.frame import field_bytes
from registry_grpc.transport.memory import Found, RememberedRead, settled
from registry_grpc.transport.version import is_full

_MOST_REFS = 1_000
_VERSION = pb.ResolveVersionResponse.VERSION_FIELD_NUMBER


class LookupHandlers:
    """LookupService, as far as lookups go."""

    def __init__(self, lookups: Lookups) -> None:
        self.ResolveVersion = _Resolve(lookups)
        self.BatchResolveVersions = _BatchResolve(lookups)


class _Resolve(RememberedRead):
    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    @override
    def questions(self, request: pb.ResolveVersionRequest) -> Sequence[Hashable] | None:
        return None if request.HasField("as_of") else ((request.ref, request.view),)

    @override
    def read(self, call: Call, request: pb.ResolveVersionRequest) -> Found:
        return _read(self._lookups, [request.ref], request)

    @override
    def reply(self, call_id: str, request: pb.ResolveVersionRequest, found: Found) -> bytes:
        end = pb.ResolveVersionResponse(revision=found.revision, age=_age(found))
        return field_bytes(_VERSION, settled(found.answers[0])) + end.SerializeToString()


class _BatchResolve(RememberedRead):
    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    @override
    def questions(self, request: pb.BatchResolveVersionsRequest) -> Sequence[Hashable] | None:
        if request.HasField("as_of") or not 1 <= len(request.refs) <= _MOST_REFS:
            return None
        return [(ref, request.view) for ref in request.refs]

    @override
    def read(self, call: Call, request: pb.BatchResolveVersionsRequest) -> Found:
        if not 1 <= len(request.refs) <= _MOST_REFS:
            raise invalid("refs", f"1 to {_MOST_REFS} references are needed")
        return _read(self._lookups, request.refs, request)

    @override
    def reply(self, call_id: str, request: pb.BatchResolveVersionsRequest, found: Found) -> Message:
        pairs = zip(request.refs, found.answers, strict=True)
        return pb.BatchResolveVersionsResponse(
            resolutions=[_resolution(call_id, ref, answer) for ref, answer in pairs],
            revision=found.revision,
            age=_age(found),
        )


def _read(
    lookups: Lookups,
    refs: Sequence[str],
    request: pb.ResolveVersionRequest | pb.BatchResolveVersionsRequest,
) -> Found:
    full = is_full(request.view, default=False)
    resolved = lookups.resolve(refs, _as_of(request), request.min_revision)
    pairs = zip(refs, resolved.answers, strict=True)
    answers = [_answer(ref, one, resolved.revision, full=full) for ref, one in pairs]
    return Found(answers, resolved.revision)


def _answer(ref: str, one: Version | RegistryError, revision: int, *, full: bool) -> Answer:
    if isinstance(one, Version):
        body = version_message(one, full=full).SerializeToString()
        return Answer(str(one.name.parent), body, revision=revision)
    return Answer(_model_of(ref), refusal=one, revision=revision)


def _model_of(ref: str) -> str:
    try:
        return str(Reference.parse(ref).model)
    except ValueError:
        return ""  # refused as invalid: that is not kept


def _resolution(call_id: str, ref: str, answer: Answer) -> pb.Resolution:
    if answer.refusal is not None:
        return pb.Resolution(ref=ref, error=status_of(answer.refusal, call_id))
    resolution = pb.Resolution(ref=ref)
    resolution.version.ParseFromString(answer.body)
    return resolution


def _age(found: Found) -> duration_pb2.Duration | None:
    if not found.age:
        return None
    age = duration_pb2.Duration()
    age.FromTimedelta(timedelta(seconds=found.age))
    return age


def _as_of(
    request: pb.ResolveVersionRequest | pb.BatchResolveVersionsRequest,
) -> datetime | None:
    if not request.HasField("as_of"):
        return None
    try:
        return moment(request.as_of)
    except ValueError as error:
        raise invalid("as_of", str(error)) from error
