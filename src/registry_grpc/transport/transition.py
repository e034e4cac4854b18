"""Handlers of transitions and rollbacks."""

from collections.abc import Callable, Sequence
from datetime import datetime

from google.protobuf.message import Message

from modelregistry.v1 import governance_service_pb2 as pb
from registry_grpc.domain.names import ModelName, NamespaceName, TransitionName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import ByName, Reference
from registry_grpc.domain.transition import MOST_MOVES, Transition
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.mutation import Done
from registry_grpc.services.transitions.deciding import Decisions
from registry_grpc.services.transitions.reading import Transitions
from registry_grpc.services.transitions.requesting import Requests
from registry_grpc.services.transitions.rollback_plan import Target
from registry_grpc.services.transitions.rolling_back import Rollbacks
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.time import duration_message, moment
from registry_grpc.transport.convert.transition import (
    move_message,
    need_message,
    refusal_of,
    states_from,
    transition_message,
)
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply


class TransitionHandlers:
    """GovernanceService, as far as transitions and rollbacks go."""

    def __init__(
        self,
        requests: Requests,
        decisions: Decisions,
        rollbacks: Rollbacks,
        transitions: Transitions,
    ) -> None:
        self._requests = requests
        self._decisions = decisions
        self._rollbacks = rollbacks
        self._transitions = transitions

    def CheckTransition(self, call: Call, request: pb.CheckTransitionRequest) -> Message:
        checked = self._requests.check(_wanted(request.moves), seen(request))
        evaluation = checked.evaluation
        return pb.CheckTransitionResponse(
            passed=not evaluation.blocks,
            moves=map(move_message, evaluation.moves),
            needs=[need_message(need, 0) for need in evaluation.needs],
            wait=duration_message(evaluation.wait or None),
            revision=checked.revision,
        )

    def RequestTransition(self, call: Call, request: pb.RequestTransitionRequest) -> bytes:
        mutation = call.mutation(request, transition_message)
        done = self._requests.request(mutation, _wanted(request.moves), request.reason)
        return _accepted(done)

    def ApproveTransition(self, call: Call, request: pb.ApproveTransitionRequest) -> bytes:
        mutation = call.mutation(request, transition_message)
        name, need = _name(request.name), request.requirement
        done = self._decisions.approve(mutation, name, need, request.comment, request.binding)
        return _accepted(done)

    def RejectTransition(self, call: Call, request: pb.RejectTransitionRequest) -> bytes:
        mutation = call.mutation(request, transition_message)
        return self._decisions.reject(mutation, _name(request.name), request.comment).reply

    def CancelTransition(self, call: Call, request: pb.CancelTransitionRequest) -> bytes:
        mutation = call.mutation(request, transition_message)
        return self._requests.cancel(mutation, _name(request.name), request.reason).reply

    def GetTransition(self, call: Call, request: pb.GetTransitionRequest) -> Message:
        found = self._transitions.get(_name(request.name), seen(request))
        return transition_message(found)

    def ListTransitions(self, call: Call, request: pb.ListTransitionsRequest) -> bytes:
        parse: Callable[[str], NamespaceName | ModelName] = (
            ModelName.parse if "/models/" in request.parent else NamespaceName.parse
        )
        parent = parsed("parent", parse, request.parent)
        states = states_from(request.states)
        wanted = ",".join(sorted(states))
        query = Query(call.method, (request.parent, wanted), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._transitions.list(query, page, parent, states, seen(request))
        return page_reply(
            pb.ListTransitionsResponse, result, map(transition_message, result.items), call.history
        )

    def Rollback(self, call: Call, request: pb.RollbackRequest) -> bytes:
        found = Violations()
        to_time = None
        if request.HasField("to_time"):
            to_time = _moment(found, request)
        targets = _targets(found, request)
        found.raise_if_any()
        mutation = call.mutation(request, transition_message)
        return self._rollbacks.rollback(mutation, targets, to_time, request.reason).reply


def _accepted(done: Done[Transition]) -> bytes:
    """Return the reply; raise the error that a recorded end stands for, also of a repeat."""
    refusal = refusal_of(done.reply)
    if refusal is not None:
        raise refusal
    return done.reply


def _name(text: str) -> TransitionName:
    return parsed("name", TransitionName.parse, text)


def _wanted(moves: Sequence[pb.RequestedMove]) -> list[tuple[Reference, str]]:
    found = Violations()
    found.check("moves", 1 <= len(moves) <= MOST_MOVES, f"must be 1 to {MOST_MOVES}")
    references = [
        found.parse(f"moves[{index}].version", Reference.parse, move.version)
        for index, move in enumerate(moves)
    ]
    _check_together(found, "moves", references)
    found.raise_if_any()
    return [
        (reference, move.to_stage)
        for reference, move in zip(references, moves, strict=True)
        if reference is not None
    ]


def _targets(found: Violations, request: pb.RollbackRequest) -> list[Target]:
    count = len(request.targets)
    found.check("targets", 1 <= count <= MOST_MOVES, f"must be 1 to {MOST_MOVES}")
    names, targets = [], []
    for index, item in enumerate(request.targets):
        path = f"targets[{index}]"
        name = found.parse(f"{path}.target", Reference.parse, item.target)
        version = None
        if item.version:
            version = found.parse(f"{path}.version", Reference.parse, item.version)
            stated = request.HasField("to_time")
            found.check(f"{path}.version", not stated, "not together with to_time")
        names.append(name)
        if name is not None:
            same = version is None or version.model == name.model
            found.check(f"{path}.version", same, f"is not a version of {name.model}")
            found.check(f"{path}.target", name not in names[:-1], "is there twice")
            named = isinstance(name.selector, ByName)
            found.check(f"{path}.target", named, f"{name} is neither a stage, an alias nor a route")
            targets.append(Target(name, version, item.with_aliases))
    _check_together(found, "targets", names)
    return targets


def _moment(found: Violations, request: pb.RollbackRequest) -> datetime | None:
    try:
        return moment(request.to_time)
    except ValueError as error:
        found.add("to_time", str(error))
        return None


def _check_together(found: Violations, path: str, references: Sequence[Reference | None]) -> None:
    namespaces = {item.model.namespace for item in references if item is not None}
    found.check(path, len(namespaces) <= 1, "must all be in one namespace")
