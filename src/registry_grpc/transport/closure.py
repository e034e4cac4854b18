"""The handler of closures: a version with its members in all levels."""

from collections.abc import Hashable, Sequence

from typing_extensions import override

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.route import Arm
from registry_grpc.domain.route_check import unit as checked_unit
from registry_grpc.domain.route_table import RouteTable
from registry_grpc.domain.violations import parsed
from registry_grpc.services.closure import Closure, Closures
from registry_grpc.services.lookup_cache import Answer
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.ensemble import closure_member
from registry_grpc.transport.convert.route import decision_message
from registry_grpc.transport.convert.version import version_message
from registry_grpc.transport.history import seen, stamped
from registry_grpc.transport.lookup import age_message, as_of, model_of_ref
from registry_grpc.transport.read_cache import CachedRead, Found, for_unit, settled

_QUESTION = "closure"
"""The first part of a key, which no view of a version is."""


class ClosureHandlers:
    """LookupService, as far as closures go."""

    def __init__(self, closures: Closures) -> None:
        self.ResolveClosure = _ResolveClosure(closures)


class _ResolveClosure(CachedRead):
    """Answers are the encoded version and members; those of arms have canonical names as keys."""

    def __init__(self, closures: Closures) -> None:
        self._closures = closures

    @override
    def questions(self, request: pb.ResolveClosureRequest) -> Sequence[Hashable] | None:
        return None if request.HasField("as_of") else ((_QUESTION, request.ref),)

    @override
    def question_of(self, arm: Arm, question: Hashable) -> Hashable:
        return (_QUESTION, str(arm.version))

    @override
    def units(self, request: pb.ResolveClosureRequest) -> Sequence[str]:
        return (request.unit,) if request.unit else ()

    @override
    def most_bytes(self, request: pb.ResolveClosureRequest) -> int:
        return PAGE_BYTES

    @override
    def read(self, call: Call, request: pb.ResolveClosureRequest) -> Found:
        unit = parsed("unit", checked_unit, request.unit)
        found = self._closures.resolve(request.ref, unit, as_of(request), seen(request))
        asked, revision = model_of_ref(request.ref), found.revision
        answer = _answer(asked, found.answer, revision, call.history, found.route)
        kept: list[tuple[Hashable, Answer[bytes]]] = [((_QUESTION, request.ref), answer)]
        arm = None
        if found.chosen is not None and found.arm is not None:
            model = str(found.chosen.parent)
            arm = _answer(model, found.arm, revision, call.history, None)
            kept.append(((_QUESTION, str(found.chosen)), arm))
        return Found([for_unit(answer, unit, arm)], revision, history=call.history, kept=kept)

    @override
    def reply(self, call_id: str, request: pb.ResolveClosureRequest, found: Found) -> bytes:
        answer = found.answers[0]
        end = pb.ResolveClosureResponse(revision=found.revision, age=age_message(found))
        end.history_id = found.history
        if answer.present:
            end.redirected_from = answer.model
        if answer.route is not None:
            end.route.CopyFrom(decision_message(answer.route, answer.decision))
        return settled(answer) + end.SerializeToString()


def _answer(
    asked: str,
    found: Closure | RegistryError,
    revision: int,
    history: str,
    route: RouteTable | None,
) -> Answer[bytes]:
    if isinstance(found, RegistryError):
        return Answer(asked, refusal=found, revision=revision, present=found.model, route=route)
    version = found.version
    message = pb.ResolveClosureResponse(
        version=stamped(version_message(version, full=False), history),
        members=map(closure_member, found.members),
    )
    model = str(version.name.parent)
    parents = {str(member.pin.version.name.parent): None for member in found.members}
    return Answer(
        asked,
        message.SerializeToString(),
        revision=revision,
        present=model if model != asked else "",
        route=route,
        others=tuple(parents),
    )
