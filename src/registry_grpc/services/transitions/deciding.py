"""Use cases of approvers: approve and reject transitions."""

from dataclasses import replace

from registry_grpc.domain.errors import ApprovalNotAllowed, BindingMismatch, TransitionNotOpen
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.transition import Approval, Need, Transition, TransitionState
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.transitions.applying import proceed, reevaluate
from registry_grpc.services.transitions.record import end, expire, require_open

_State = TransitionState


class Decisions:
    """Records approvals and rejections."""

    def __init__(self, mutations: Mutations, expressions: Expressions) -> None:
        self._mutations = mutations
        self._expressions = expressions

    def approve(
        self,
        call: Mutation[Transition],
        name: TransitionName,
        requirement: str,
        comment: str,
        binding: str,
    ) -> Done[Transition]:
        """Record an approval; apply the transition, or let it wait, after the last one.

        If the policies require no approval any more, none is recorded, and the transition proceeds.
        Raises TransitionNotFound, TransitionNotOpen, ApprovalNotAllowed or BindingMismatch. A
        transition that rules block now ends as REFUSED, an overtaken one as SUPERSEDED, an overdue
        one as EXPIRED: the transport turns these into errors.
        """
        check_reason(comment, field="comment")

        def act(tx: Transaction) -> Transition:
            before = require_open(tx, name)
            if before.state is not _State.PENDING_APPROVAL:
                raise TransitionNotOpen(str(name), before.state)
            if before.expire_time <= tx.time:  # not processed yet
                return expire(tx, call.actor.name, before)
            outcome = reevaluate(tx, call.actor.name, before, self._expressions)
            if not isinstance(outcome, tuple):
                return outcome
            current, evaluation = outcome
            if binding not in {"", current.binding}:
                raise BindingMismatch(str(name), binding, current.binding)
            if not current.unmet and not requirement:
                return proceed(tx, call.actor.name, before, current, evaluation)
            need = _need_for(current, call.actor, requirement)
            approval = _decision(tx, call.actor, current, need, comment)
            after = replace(current, approvals=(*current.approvals, approval))
            return proceed(tx, call.actor.name, before, after, evaluation)

        return self._mutations.change(call, act)

    def reject(
        self, call: Mutation[Transition], name: TransitionName, comment: str
    ) -> Done[Transition]:
        """Reject a transition; raises TransitionNotFound, TransitionNotOpen, ApprovalNotAllowed."""
        check_reason(comment, field="comment", required=True)

        def act(tx: Transaction) -> Transition:
            before = require_open(tx, name)
            if call.actor.name == before.requester:
                causes = ["the requester may cancel it instead"]
                raise ApprovalNotAllowed(str(name), call.actor.name, causes)
            said = _decision(tx, call.actor, before, None, comment)
            current = replace(before, approvals=(*before.approvals, said))
            actor = call.actor.name
            return end(tx, actor, before, _State.REJECTED, comment, current=current)

        return self._mutations.change(call, act)


def _need_for(transition: Transition, actor: Principal, requirement: str) -> Need:
    """Return the requirement that an approval counts for; raises ApprovalNotAllowed."""
    name = str(transition.name)
    wanted = [need for need in transition.unmet if requirement in {"", need.key}]
    if not wanted:
        known = ", ".join(need.key for need in transition.unmet) or "nothing"
        raise ApprovalNotAllowed(name, actor.name, [f"{requirement} is not needed, but {known}"])
    objections: list[str] = []
    for need in wanted:
        found = transition.objections(actor, need)
        if not found:
            return need
        objections += found
    raise ApprovalNotAllowed(name, actor.name, list(dict.fromkeys(objections)))


def _decision(
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
