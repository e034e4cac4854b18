"""Transitions: promotions of versions, with checks and approvals, and rollbacks."""

from collections.abc import Iterable
from datetime import datetime

from modelregistry import names
from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert import checked, decision, times
from modelregistry._convert import transition as convert
from modelregistry._convert.page import page_of_named
from modelregistry._convert.writing import build
from modelregistry._wire.call import new_id
from modelregistry.types import Model, Page, Transition, TransitionCheck, TransitionState, Version
from modelregistry.v1 import governance_service_pb2 as pb

Versions = str | Version | Iterable[str | Version]
"""One version or several, which move together."""


class TransitionMethods(Methods):
    """Transitions and rollbacks."""

    async def check_transition(
        self, versions: Versions, to: str, *, min_revision: int = 0, history_id: str = ""
    ) -> TransitionCheck:
        """Return the findings and required approvals of a promotion, and change nothing.

        Raises the errors of `promote`, except that failed checks are in the result.
        """
        request = build(
            pb.CheckTransitionRequest,
            moves=self._moves(versions, to),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.CheckTransition, request)
        return convert.check_from_message(reply, request.moves)

    async def promote(
        self,
        versions: Versions,
        to: str,
        *,
        archive: Iterable[str | Version] = (),
        reason: str = "",
        request_id: str = "",
    ) -> Transition:
        """Request that versions enter a stage, together: all of them or none.

        `archive` are other versions, which move to `archived` together with them.

        The returned transition is applied, or waits for approvals or for time. A repeat returns the
        open transition with its approvals; if policies or evidence have changed since, a new one
        that `supersedes` it. Raises GateRefused
        with all `findings` when checks fail, TransitionNotAllowed, VersionDeleted, VersionYanked,
        VersionRevoked, and the errors of `get_version`.
        """
        request = build(
            pb.RequestTransitionRequest,
            moves=[*self._moves(versions, to), *self._moves(archive, "archived")],
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.RequestTransition, request)
        return convert.promotion_from_message(reply, request)

    async def approve(
        self,
        transition: str | Transition,
        *,
        requirement: str = "",
        comment: str = "",
        binding: str = "",
        request_id: str = "",
    ) -> Transition:
        """Approve a transition; the last required approval applies it, or starts its waiting time.

        A Transition is approved as it was read: raises BindingMismatch when version, policy or
        evidence have changed since. `requirement` is `<policy>/<requirement>`, by default the first
        one that the caller may fulfil. Raises TransitionNotFound, TransitionNotOpen,
        ApprovalNotAllowed, and GateRefused, which ends the transition.
        """
        if isinstance(transition, Transition):
            binding = binding or transition.binding
        request = build(
            pb.ApproveTransitionRequest,
            name=self._transition(transition),
            requirement=requirement,
            comment=comment,
            binding=binding,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.ApproveTransition, request)
        return decision.approved_from_message(reply, request, _read(transition))

    async def reject(
        self, transition: str | Transition, comment: str, *, request_id: str = ""
    ) -> Transition:
        """Reject a transition, which ends it.

        Raises TransitionNotFound, TransitionNotOpen and, to its requester, ApprovalNotAllowed.
        """
        request = build(
            pb.RejectTransitionRequest,
            name=self._transition(transition),
            comment=comment,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.RejectTransition, request)
        return decision.rejected_from_message(reply, request, _read(transition))

    async def cancel_transition(
        self, transition: str | Transition, *, reason: str = "", request_id: str = ""
    ) -> Transition:
        """Withdraw an open transition; its requester and admins may.

        Raises TransitionNotFound, TransitionNotOpen or ApprovalNotAllowed.
        """
        request = build(
            pb.CancelTransitionRequest,
            name=self._transition(transition),
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.CancelTransition, request)
        return decision.cancelled_from_message(reply, request, _read(transition))

    async def get_transition(
        self, transition: str | Transition, *, min_revision: int = 0, history_id: str = ""
    ) -> Transition:
        """Read a transition with all findings, and of an open one the present approvals.

        Raises TransitionNotFound.
        """
        request = build(
            pb.GetTransitionRequest,
            name=self._transition(transition),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.GetTransition, request)
        return checked.named(convert.transition_from_message(reply), request.name)

    def transitions(
        self,
        model: str | Model | None = None,
        *,
        states: Iterable[TransitionState] = (),
        namespace: str | None = None,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Transition]:
        """List the transitions of a model or of the whole namespace, newest first.

        They have no findings that passed.
        """
        wanted = [int(state) for state in states]

        async def fetch(token: str) -> Page[Transition]:
            request = build(
                pb.ListTransitionsRequest,
                parent=self._parent(namespace) if model is None else self._model(model),
                states=wanted,  # type: ignore[arg-type]
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.governance.ListTransitions, request)
            namespace_asked = request.parent.partition("/models/")[0]
            return page_of_named(
                reply,
                (convert.listed_from_message(message, request) for message in reply.transitions),
                f"{namespace_asked}/transitions",
            )

        return Pager(fetch)

    async def rollback(
        self,
        targets: str | Iterable[str],
        *,
        reason: str,
        to: str | Version | None = None,
        to_time: datetime | None = None,
        with_aliases: bool = False,
        request_id: str = "",
    ) -> Transition:
        """Roll stages and aliases (`fraud@production`, `fraud@champion`) back, at once.

        Each target returns to its previous holder; or to the version `to`, which must have held it
        before; or to its holder at `to_time`. Several targets return together or not at all. With
        `with_aliases` the aliases of a version that leaves a stage move to the version that
        returns. Policies are not evaluated. Raises RollbackNotPossible, StageEmpty, AliasNotFound,
        and the errors of `get_version`.
        """
        texts = [targets] if isinstance(targets, str) else list(targets)
        version = "" if to is None else self._ref(to)
        wanted = [
            build(
                pb.RollbackTarget,
                target=self._ref(text),
                version=version,
                with_aliases=with_aliases,
            )
            for text in texts
        ]
        request = build(
            pb.RollbackRequest,
            targets=wanted,
            to_time=times.to_message(to_time, "to_time"),
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.Rollback, request)
        return convert.rollback_from_message(reply, request)

    def _moves(self, versions: Versions, to: str) -> list[pb.RequestedMove]:
        several = [versions] if isinstance(versions, (str, Version)) else versions
        return [build(pb.RequestedMove, version=self._ref(one), to_stage=to) for one in several]

    def _transition(self, transition: str | Transition) -> str:
        if isinstance(transition, Transition):
            return transition.name
        return names.transition_name(transition, self._namespace)


def _read(transition: str | Transition) -> Transition | None:
    return transition if isinstance(transition, Transition) else None
