"""Handlers of lookups."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from google.protobuf import duration_pb2
from typing_extensions import override

from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import version_pb2
from registry_grpc.domain.errors import LimitExceeded, RegistryError
from registry_grpc.domain.limits import BATCH_REPLY_BYTES, PAGE_BYTES
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import Arm
from registry_grpc.domain.route_check import unit as checked_unit
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.lookup import LookupQuery, Lookups
from registry_grpc.services.lookup_cache import Answer
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.route import decision_message
from registry_grpc.transport.convert.time import moment
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.frame import field_bytes
from registry_grpc.transport.history import seen
from registry_grpc.transport.read_cache import CachedRead, Found, for_unit, settled
from registry_grpc.transport.version import encoded_version, is_full

_MOST_REFS = 1_000
_SMALLER = "ask for fewer references at once, or for the BASIC view"
_VERSION = pb.ResolveVersionResponse.VERSION_FIELD_NUMBER
_RESOLUTION = pb.BatchResolveVersionsResponse.RESOLUTIONS_FIELD_NUMBER
_REF = pb.Resolution.REF_FIELD_NUMBER
_ROUTE = pb.Resolution.ROUTE_FIELD_NUMBER
_ANSWER, _ERROR = pb.Resolution.VERSION_FIELD_NUMBER, pb.Resolution.ERROR_FIELD_NUMBER


class LookupHandlers:
    """LookupService, as far as lookups go."""

    def __init__(self, lookups: Lookups) -> None:
        self.ResolveVersion = _Resolve(lookups)
        self.BatchResolveVersions = _BatchResolve(lookups)


class _Lookup(CachedRead):
    """Questions are pairs of a reference and a view; those about arms have canonical names."""

    @override
    def question_of(self, arm: Arm, question: Hashable) -> Hashable:
        _, view = cast("tuple[str, int]", question)
        return (str(arm.version), view)


class _Resolve(_Lookup):
    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    @override
    def questions(self, request: pb.ResolveVersionRequest) -> Sequence[Hashable] | None:
        return None if request.HasField("as_of") else ((request.ref, request.view),)

    @override
    def units(self, request: pb.ResolveVersionRequest) -> Sequence[str]:
        return (request.unit,) if request.unit else ()

    @override
    def most_bytes(self, request: pb.ResolveVersionRequest) -> int:
        return PAGE_BYTES if request.view == version_pb2.VERSION_VIEW_FULL else 0

    @override
    def read(self, call: Call, request: pb.ResolveVersionRequest) -> Found:
        unit = parsed("unit", checked_unit, request.unit)
        wanted = LookupQuery([request.ref], as_of(request), units=[unit])
        return _read(self._lookups, call, wanted, request)

    @override
    def reply(self, call_id: str, request: pb.ResolveVersionRequest, found: Found) -> bytes:
        answer = found.answers[0]
        end = pb.ResolveVersionResponse(revision=found.revision, age=age_message(found))
        end.history_id = found.history
        if answer.present:
            end.redirected_from = answer.model
        if answer.route is not None:
            end.route.CopyFrom(decision_message(answer.route, answer.decision))
        return field_bytes(_VERSION, settled(answer)) + end.SerializeToString()


class _BatchResolve(_Lookup):
    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    @override
    def questions(self, request: pb.BatchResolveVersionsRequest) -> Sequence[Hashable] | None:
        if request.HasField("as_of") or not 1 <= len(request.refs) <= _MOST_REFS:
            return None
        return [(ref, request.view) for ref in request.refs]

    @override
    def units(self, request: pb.BatchResolveVersionsRequest) -> Sequence[str]:
        return request.units

    @override
    def most_bytes(self, request: pb.BatchResolveVersionsRequest) -> int:
        return PAGE_BYTES if request.view == version_pb2.VERSION_VIEW_FULL else 0

    @override
    def read(self, call: Call, request: pb.BatchResolveVersionsRequest) -> Found:
        if not 1 <= len(request.refs) <= _MOST_REFS:
            raise invalid("refs", f"1 to {_MOST_REFS} references are needed")
        found = Violations()
        same = len(request.units) in {0, len(request.refs)}
        found.check("units", same, f"must be none, or one for each of {len(request.refs)} refs")
        for index, unit in enumerate(request.units):
            found.parse(f"units[{index}]", checked_unit, unit)
        found.raise_if_any()
        wanted = LookupQuery(
            request.refs,
            as_of(request),
            most_bytes=BATCH_REPLY_BYTES,
            advice=_SMALLER,
            units=request.units,
        )
        return _read(self._lookups, call, wanted, request)

    @override
    def reply(self, call_id: str, request: pb.BatchResolveVersionsRequest, found: Found) -> bytes:
        _require_room(found.size)
        pairs = zip(request.refs, found.answers, strict=True)
        parts = [_resolution(call_id, ref, answer) for ref, answer in pairs]
        _require_room(sum(map(len, parts)))
        end = pb.BatchResolveVersionsResponse(
            revision=found.revision, age=age_message(found), history_id=found.history
        )
        return b"".join((*parts, end.SerializeToString()))


def _require_room(size: int) -> None:
    if size > BATCH_REPLY_BYTES:
        raise LimitExceeded.of_reply(BATCH_REPLY_BYTES, size, _SMALLER)


def _read(
    lookups: Lookups,
    call: Call,
    wanted: LookupQuery,
    request: pb.ResolveVersionRequest | pb.BatchResolveVersionsRequest,
) -> Found:
    full = is_full(request.view, default=False)
    with lookups.resolve(replace(wanted, full=full), seen(request)) as resolved:
        named = [arm or one for arm, one in zip(resolved.chosen, resolved.answers, strict=True)]
        times = Counter(named)
        size, bodies = 0, {}
        for version in resolved.versions:
            body = bodies[version.name] = encoded_version(version, call.history, full=full)
            size += times[version.name] * len(body)
            if size > wanted.most_bytes:
                raise LimitExceeded.of_reply(wanted.most_bytes, size, wanted.advice)
        revision = resolved.revision
        answers = [
            replace(_answer(ref, one, bodies, revision), route=resolved.routes.get(ref))
            for ref, one in zip(wanted.refs, resolved.answers, strict=True)
        ]
        arms = [
            None if arm is None else Answer(str(arm.parent), bodies[arm], revision=revision)
            for arm in resolved.chosen
        ]
    return Found(
        [
            for_unit(answer, unit, arm)
            for answer, unit, arm in zip(answers, wanted.each_unit, arms, strict=True)
        ],
        revision,
        history=call.history,
        kept=[
            *zip(((ref, request.view) for ref in wanted.refs), answers, strict=True),
            *(
                ((str(name), request.view), arm)
                for name, arm in zip(resolved.chosen, arms, strict=True)
                if arm is not None
            ),
        ],
    )


def _answer(
    ref: str,
    found: VersionName | RegistryError,
    bodies: Mapping[VersionName, bytes],
    revision: int,
) -> Answer[bytes]:
    asked = model_of_ref(ref)
    if isinstance(found, RegistryError):
        return Answer(asked, refusal=found, revision=revision, present=found.model)
    model = str(found.parent)
    present = model if model != asked else ""
    return Answer(asked, bodies[found], revision=revision, present=present)


def model_of_ref(ref: str) -> str:
    """Return the canonical name of the model in a reference; '' for an invalid one."""
    try:
        return str(Reference.parse(ref).model)
    except ValueError:
        return ""  # refused as invalid: that is not kept


def _resolution(call_id: str, ref: str, answer: Answer[bytes]) -> bytes:
    asked = field_bytes(_REF, ref.encode())
    if answer.refusal is None:
        said = field_bytes(_ANSWER, settled(answer))
        if answer.route is not None:
            decision = decision_message(answer.route, answer.decision)
            said += field_bytes(_ROUTE, decision.SerializeToString())
    else:
        said = field_bytes(_ERROR, status_of(answer.refusal, call_id).SerializeToString())
    if answer.present:
        led = pb.Resolution(redirected_from=answer.model, redirected_to=answer.present)
        said += led.SerializeToString()
    return field_bytes(_RESOLUTION, asked + said)


def age_message(found: Found) -> duration_pb2.Duration | None:
    """Return the age of answers as replies have it; None while they are as new as the database."""
    if not found.age:
        return None
    age = duration_pb2.Duration()
    age.FromTimedelta(timedelta(seconds=found.age))
    return age


def as_of(
    request: pb.ResolveVersionRequest | pb.BatchResolveVersionsRequest | pb.ResolveClosureRequest,
) -> datetime | None:
    """Return the moment to resolve at, None for now; raise InvalidRequest."""
    if not request.HasField("as_of"):
        return None
    try:
        return moment(request.as_of)
    except ValueError as error:
        raise invalid("as_of", str(error)) from error
