"""The use case of rollbacks: stages, aliases and routes return to earlier states, immediately."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, RouteName, TransitionName, VersionName
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.route import RouteAction, RoutePlan
from registry_grpc.domain.stage import ARCHIVED
from registry_grpc.domain.transition import (
    Transition,
    TransitionAction,
    TransitionKind,
    TransitionState,
)
from registry_grpc.domain.version import Version
from registry_grpc.services.alias import move_alias
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_past
from registry_grpc.services.route_arms import append_plan
from registry_grpc.services.route_rules import ArmRules
from registry_grpc.services.stage import MovedTwiceError, move_stage
from registry_grpc.services.transitions.rollback_plan import (
    RollbackPlan,
    Target,
    in_order,
    moved_twice,
    plan_for,
)


class Rollbacks:
    """Rolls stages, aliases and routes back."""

    def __init__(self, mutations: Mutations, clock: Clock, ids: Ids) -> None:
        self._mutations = mutations
        self._clock = clock
        self._ids = ids

    def rollback(
        self,
        call: Mutation[Transition],
        targets: Sequence[Target],
        moment: datetime | None,
        reason: str,
    ) -> Done[Transition]:
        """Return to the previous versions, the stated ones, or those as of a moment; all or none.

        Raises InvalidRequest, RollbackNotPossible, AliasNotFound, and as `find_version`.
        """
        check_reason(reason, required=True)

        def act(tx: Transaction) -> Transition:
            if moment is not None:
                require_past(tx, moment, self._clock, "to_time")
            plans = [plan_for(tx, target, moment) for target in targets]
            made = self._record(tx, call.actor.name, plans, reason)
            try:
                for plan in in_order(plans):
                    _execute(tx, call.actor.name, plan, reason)
            except MovedTwiceError as error:
                raise moved_twice(error.version.parent) from error
            return made

        return self._mutations.change(call, act)

    def _record(
        self, tx: Transaction, actor: str, plans: Sequence[RollbackPlan], reason: str
    ) -> Transition:
        made = Transition(
            name=TransitionName(plans[0].model.name.namespace, self._ids()),
            category=TransitionKind.ROLLBACK,
            state=TransitionState.APPLIED,
            moves=tuple(move for plan in plans for move in plan.moves),
            requester=actor,
            reason=reason,
            create_time=tx.time,
            expire_time=tx.time,
            end_time=tx.time,
            revision=tx.revision,
        )
        moved: dict[UUID, set[int]] = {}
        for plan in plans:
            numbers = moved.setdefault(plan.model.uid, set())
            numbers.update(move.version.number for move in plan.moves)
        tx.transitions.add(made, moved)
        tx.record([Change(TransitionAction.ROLLBACK, str(made.name), actor, None, made, reason)])
        return made


def _execute(tx: Transaction, actor: str, plan: RollbackPlan, reason: str) -> None:
    for alias, name in ((move.alias, move.version) for move in plan.moves if move.alias):
        _return_alias(tx, actor, plan.model, alias, name, reason)
    if plan.route is not None:
        for route in (move.route for move in plan.moves if move.route):
            _return_route(tx, actor, plan.model, route, plan.route, reason)
    for entering in plan.enters:
        # Both are read again: an earlier plan may have moved them.
        version = tx.versions.get(plan.model, entering.name.number)
        if version is not None:
            left = _still_in_stage(tx, plan)
            move_stage(tx, actor, plan.model, version, plan.stage, reason, left)
    if plan.with_aliases and plan.enters:
        _move_aliases(tx, actor, plan, reason)
    for version in _still_in_stage(tx, plan):
        move_stage(tx, actor, plan.model, version, ARCHIVED, reason)


def _return_alias(
    tx: Transaction, actor: str, model: Model, alias: AliasName, name: VersionName, reason: str
) -> None:
    last = tx.aliases.history(alias, None, 1)
    if last and last[0].revision == tx.revision and last[0].version != name:
        raise moved_twice(model.name)  # it moved with a stage
    version = tx.versions.get(model, name.number)
    if version is not None:
        move_alias(tx, actor, alias, version, "", reason)


def _return_route(
    tx: Transaction, actor: str, model: Model, name: RouteName, plan: RoutePlan, reason: str
) -> None:
    """Store the earlier plan; raise as `ArmRules.require_allowed` where rules forbid it."""
    head = tx.routes.get(name)
    rules = ArmRules(tx, name, head)
    for arm in plan.arms:
        version = tx.versions.get(model, arm.version.number, full=False)
        if version is not None and arm.usable:
            rules.require_allowed(arm, version)
    append_plan(tx, actor, name, head, plan, reason, RouteAction.ROLLBACK)


def _still_in_stage(tx: Transaction, plan: RollbackPlan) -> list[Version]:
    found = (tx.versions.get(plan.model, left.name.number) for left in plan.leaves)
    return [version for version in found if version and version.stage == plan.stage]


def _move_aliases(tx: Transaction, actor: str, plan: RollbackPlan, reason: str) -> None:
    """Point the aliases of leaving versions at the last entered one, except those just moved."""
    successor = tx.versions.get(plan.model, plan.enters[-1].name.number)
    for alias in [alias for left in plan.leaves for alias in left.aliases]:
        name = plan.model.name.alias(alias)
        head = tx.aliases.get(name)
        if successor is not None and head is not None and head.revision < tx.revision:
            move_alias(tx, actor, name, successor, "", reason)
