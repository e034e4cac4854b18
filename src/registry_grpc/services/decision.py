"""Use cases of those who decide: transitions approved, rejected, and settled when they are due."""

from collections.abc import Callable
from dataclasses import replace

from registry_grpc.domain.errors import (
    ApprovalNotAllowed,
    BindingMismatch,
    RegistryError,
    TransitionNotOpen,
)
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.transition import Approval, Need, Transition, TransitionState
from registry_grpc.domain.violations import invalid
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.passage import Passage, passage_of, recorded_steps
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.progress import (
    ended,
    renewed,
    require,
    require_open,
    take,
    waiting,
)
from registry_grpc.services.supersession import end, store

_SWEEP = 100
_State = TransitionState


class Decisions:
    """Let people and time decide."""

    def __init__(
        self, database: Database, mutations: Mutations, clock: Clock, expressions: Expressions
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock
        self._expressions = expressions

    def approve(
        self,
        call: Mutation[Transition],
        name: TransitionName,
        requirement: str,
        comment: str,
        binding: str,
    ) -> bytes:
        """Count an approval, and apply the transition (or let it wait) if it was the last needed.

        Raises TransitionNotFound, TransitionNotOpen, ApprovalNotAllowed or BindingMismatch. What
        rules refuse by now ends as REFUSED, what has been overtaken as SUPERSEDED: the call's
        `refusal` makes errors of them.
        """
        check_reason(comment)

        def act(tx: Transaction) -> Transition:
            before = require_open(tx, name)
            if before.state is not _State.PENDING_APPROVAL:
                raise TransitionNotOpen(str(name), before.state)
            looked = self._look_again(tx, call.actor.name, before)
            if not isinstance(looked, tuple):
                return looked
            current, passage = looked
            if binding not in {"", current.binding}:
                raise BindingMismatch(str(name), binding, current.binding)
            need = _need_for(current, call.actor, requirement)
            approval = _said(tx, call.actor, current, need, comment)
            after = replace(current, approvals=(*current.approvals, approval))
            return self._go_on(tx, call.actor.name, before, after, passage)

        return self._mutations.change(call, act)

    def reject(self, call: Mutation[Transition], name: TransitionName, comment: str) -> bytes:
        """End it with a no; raises TransitionNotFound, TransitionNotOpen, ApprovalNotAllowed."""
        check_reason(comment)
        if not comment:
            raise invalid("comment", "is required")

        def act(tx: Transaction) -> Transition:
            before = require_open(tx, name)
            if call.actor.name == before.requester:
                causes = ["the requester may cancel it instead"]
                raise ApprovalNotAllowed(str(name), call.actor.name, causes)
            said = _said(tx, call.actor, before, None, comment)
            current = replace(before, approvals=(*before.approvals, said))
            actor = call.actor.name
            return end(tx, actor, before, _State.REJECTED, comment, current=current)

        return self._mutations.change(call, act)

    def sweep(self) -> int:
        """Apply what has waited long enough, expire what was open too long; return how many.

        Several processes may do it at once: each transition is looked at by one of them. One that
        cannot be settled keeps no other waiting; the first failure is raised at the end.
        """
        with self._database.read() as tx:
            due = [found.name for found in tx.transitions.due(self._clock(), _SWEEP)]
        settled, failures = 0, list[RegistryError]()
        for name in due:
            try:
                settled += self._mutations.perform(self._settle(name))
            except RegistryError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return settled

    def _settle(self, name: TransitionName) -> Callable[[Transaction], bool]:
        def act(tx: Transaction) -> bool:
            before = require(tx, name)
            if before.due is None or before.due > tx.time:
                return False  # somebody else was faster
            if before.expire_time <= tx.time:
                end(tx, before.requester, before, _State.EXPIRED, "it was open for too long")
                return True
            looked = self._look_again(tx, before.requester, before)
            if isinstance(looked, tuple):
                current, passage = looked
                self._go_on(tx, before.requester, before, current, passage)
            return True

        return act

    def _look_again(
        self, tx: Transaction, actor: str, before: Transition
    ) -> "tuple[Transition, Passage] | Transition":
        """Return it as it stands now with its passage, or how it ended by that."""
        steps, cause = recorded_steps(tx, before)
        if cause:
            return end(tx, actor, before, _State.SUPERSEDED, cause)
        passage = passage_of(tx, steps, tx.time, self._expressions)
        current = renewed(before, passage)
        if passage.refuses:
            cause = "the rules refuse it by now"
            return end(tx, actor, before, _State.REFUSED, cause, current=current)
        return current, passage

    def _go_on(
        self,
        tx: Transaction,
        actor: str,
        before: Transition,
        current: Transition,
        passage: Passage,
    ) -> Transition:
        """Store what follows from the approvals that stand."""
        current = replace(current, revision=tx.revision)
        if current.unmet:
            after = replace(current, state=_State.PENDING_APPROVAL, apply_time=None)
            reopened = before.state is _State.WAITING
            store(
                tx, "transition.reopen" if reopened else "transition.approve", actor, before, after
            )
            return after
        after = waiting(tx, before, current)
        if after.apply_time is not None and after.apply_time > tx.time:
            longer = before.state is _State.WAITING
            store(tx, "transition.wait" if longer else "transition.approve", actor, before, after)
            return after
        after = ended(tx, current, _State.APPLIED)
        store(tx, "transition.apply", actor, before, after)
        take(tx, after, passage)
        return after


def _need_for(transition: Transition, actor: Principal, requirement: str) -> Need:
    """Return what an approval by this principal counts for; raises ApprovalNotAllowed."""
    name = str(transition.name)
    wanted = [need for need in transition.unmet if requirement in {"", need.key}]
    if not wanted:
        known = ", ".join(need.key for need in transition.unmet)
        raise ApprovalNotAllowed(name, actor.name, [f"{requirement} is not needed, but {known}"])
    objections: list[str] = []
    for need in wanted:
        found = transition.objections(actor, need)
        if not found:
            return need
        objections += found
    raise ApprovalNotAllowed(name, actor.name, list(dict.fromkeys(objections)))


def _said(
    tx: Transaction, actor: Principal, transition: Transition, need: Need | None, comment: str
) -> Approval:
    return Approval(
        actor=actor.name,
        role=actor.role.label,
        approved=need is not None,
        requirement="" if need is None else need.key,
        meaning="" if need is None else need.meaning,
        comment=comment,
        time=tx.time,
        binding=transition.binding,
    )
