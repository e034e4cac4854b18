"""Use cases of the requester: check, request and cancel moves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import ApprovalNotAllowed
from registry_grpc.domain.history import Position
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.principal import Permission
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.scope import Scope
from registry_grpc.domain.transition import (
    LIFETIME,
    Transition,
    TransitionAction,
    TransitionKind,
    TransitionState,
)
from registry_grpc.services.authorizer import Authorizer
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.reading import require_revision
from registry_grpc.services.transitions.applying import apply_moves, waiting
from registry_grpc.services.transitions.gate_evaluation import (
    GateEvaluation,
    evaluate_gates,
    renewed,
)
from registry_grpc.services.transitions.record import end, ended, require_open
from registry_grpc.services.transitions.steps import wanted_steps
from registry_grpc.services.transitions.superseding import supersede_requests

_State = TransitionState


@dataclass(frozen=True, slots=True)
class Checked:
    """The evaluation of a check, and its revision."""

    evaluation: GateEvaluation
    revision: int


class Requests:
    """Checks, requests and cancels transitions."""

    def __init__(
        self,
        database: Database,
        mutations: Mutations,
        clock: Clock,
        ids: Ids,
        expressions: Expressions,
        authorizer: Authorizer,
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock
        self._ids = ids
        self._expressions = expressions
        self._authorizer = authorizer

    def check(self, wanted: Sequence[tuple[Reference, str]], seen: Position) -> Checked:
        """Return the evaluation that `request` would get; raises as `wanted_steps`."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            steps = wanted_steps(tx, wanted)
            return Checked(evaluate_gates(tx, steps, self._clock(), self._expressions), tx.revision)

    def request(
        self, call: Mutation[Transition], wanted: Sequence[tuple[Reference, str]], reason: str
    ) -> Done[Transition]:
        """Request moves together; they are applied immediately if no approval or wait is required.

        An open transition with the same binding is returned as it is, with its approvals, and
        nothing is written. A blocked request is recorded as REFUSED: the transport turns it into an
        error. Raises as `wanted_steps`.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Transition:
            steps = wanted_steps(tx, wanted)
            evaluation = evaluate_gates(tx, steps, tx.time, self._expressions)
            standing = None if evaluation.blocks else _standing(tx, evaluation)
            if standing is not None:
                return replace(renewed(standing, evaluation), existing=True)
            made = self._new(tx, call.actor.name, evaluation, reason)
            return self._begin(tx, call.actor.name, made, evaluation)

        return self._mutations.change(call, act)

    def _new(
        self, tx: Transaction, actor: str, evaluation: GateEvaluation, reason: str
    ) -> Transition:
        return Transition(
            name=TransitionName(evaluation.steps[0].model.name.namespace, self._ids()),
            category=TransitionKind.PROMOTION,
            state=_State.PENDING_APPROVAL,
            moves=evaluation.moves,
            requester=actor,
            reason=reason,
            create_time=tx.time,
            expire_time=tx.time + LIFETIME,
            revision=tx.revision,
            authors=evaluation.authors,
            needs=evaluation.needs,
            wait=evaluation.wait,
            binding=evaluation.binding,
        )

    def _begin(
        self, tx: Transaction, actor: str, made: Transition, evaluation: GateEvaluation
    ) -> Transition:
        ending: tuple[TransitionState, TransitionAction] | None = None
        if evaluation.blocks:
            ending = _State.REFUSED, TransitionAction.REFUSE
        else:
            made = replace(made, supersedes=supersede_requests(tx, actor, made))
            made = made if made.unmet else waiting(tx, made)
            if made.apply_time == tx.time:
                ending = _State.APPLIED, TransitionAction.APPLY
        name, asked = str(made.name), made if ending is None else made.without_findings()
        changes = [Change(TransitionAction.REQUEST, name, actor, None, asked, made.reason)]
        if ending is not None:
            state, action = ending
            made = ended(tx, made, state)
            changes.append(Change(action, name, actor, asked, made, made.reason))
        moved: dict[UUID, list[int]] = {}
        for step in evaluation.steps:
            moved.setdefault(step.model.uid, []).append(step.version.name.number)
        tx.transitions.add(made, moved)
        tx.record(changes)
        if made.state is _State.APPLIED:
            apply_moves(tx, made, evaluation)
        return made

    def cancel(
        self, call: Mutation[Transition], name: TransitionName, reason: str
    ) -> Done[Transition]:
        """Cancel a transition; raises TransitionNotFound, TransitionNotOpen, ApprovalNotAllowed."""
        check_reason(reason)

        def act(tx: Transaction) -> Transition:
            before = require_open(tx, name)
            actor = call.actor
            admin = self._authorizer.permits(actor, Permission.ADMIN, Scope(name.namespace))
            if actor.name != before.requester and not admin:
                causes = [f"only {before.requester} and admins may cancel it"]
                raise ApprovalNotAllowed(str(name), actor.name, causes)
            return end(tx, actor.name, before, _State.CANCELLED, reason)

        return self._mutations.change(call, act)


def _standing(tx: Transaction, evaluation: GateEvaluation) -> Transition | None:
    """Return the open transition that has this binding, so that a request would repeat it."""
    step = evaluation.steps[0]
    for found in tx.transitions.open_of(step.model, step.version.name.number):
        # An overdue one is over, even if that was not recorded yet.
        if found.binding == evaluation.binding and found.expire_time > tx.time:
            return found
    return None
