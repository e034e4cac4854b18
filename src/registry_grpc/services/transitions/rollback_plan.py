"""The plan of a rollback: entering and leaving versions, in order. It changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from itertools import islice

from registry_grpc.domain.alias import AliasEntry
from registry_grpc.domain.errors import AliasNotFound, RollbackNotPossible
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, ModelName, RouteName
from registry_grpc.domain.reference import ByName, Reference
from registry_grpc.domain.route import RoutePlan
from registry_grpc.domain.stage import ARCHIVED, NONE, StageEntry
from registry_grpc.domain.transition import Move
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_live_model
from registry_grpc.services.transitions.rollback_route import (
    earlier_plan,
    is_route,
    objection_to,
)

_AT_ONCE = 200
_MOST_MOVES = 10_000
"""How far the rollback of an alias looks back, while it holds the lock of changes."""


@dataclass(frozen=True, slots=True)
class Target:
    """A stage, an alias or a route. version: the one to return to, None for the previous one.

    with_aliases: whether the aliases of versions that leave the stage move too.
    """

    name: Reference
    version: Reference | None = None
    with_aliases: bool = False


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """The plan of one target. enters: oldest first; leaves: versions to archive.

    route: what a route returns to.
    """

    model: Model
    moves: tuple[Move, ...]
    enters: tuple[Version, ...] = ()
    leaves: tuple[Version, ...] = ()
    stage: str = ""
    with_aliases: bool = False
    route: RoutePlan | None = None


def in_order(plans: Sequence[RollbackPlan]) -> Iterator[RollbackPlan]:
    """Yield plans in an order in which no version is archived on its way.

    First the plans whose versions come from a stage that another plan fills. Aliases are
    last, when versions are in the stages that they require. Raises RollbackNotPossible for a cycle.
    """
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for index, plan in enumerate(plans):
        left = {version.name for version in plan.leaves}
        first = [
            earlier
            for earlier, other in enumerate(plans)
            if (other.stage and not plan.stage)
            or any(version.name in left for version in other.enters)
        ]
        sorter.add(index, *first)
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        raise moved_twice(plans[0].model.name) from error
    return (plans[index] for index in order)


def moved_twice(model: ModelName) -> RollbackNotPossible:
    """Return the error for targets that need one version or alias in two places."""
    cause = "a version or alias would have to move twice; roll its stages back one after the other"
    return RollbackNotPossible(str(model), cause)


def plan_for(tx: Transaction, target: Target, moment: datetime | None) -> RollbackPlan:
    """Return the plan of a target, to its previous state or that as of `moment`.

    Raises InvalidRequest, RollbackNotPossible, AliasNotFound, and as `find_version`. An id that
    neither an alias nor a route has now is one of an alias, if an alias ever had it.
    """
    model = require_live_model(tx, target.name.model)
    graph = tx.graphs.get(model.name.namespace, None)
    match target.name.selector:
        case ByName(name) if name in graph and name != NONE:
            return _stage_plan(tx, model, name, target, moment)
        case ByName(name):
            alias, route = model.name.alias(name), model.name.route(name)
            if is_route(tx, alias, route):
                return _route_plan(tx, model, route, target, moment)
            return _alias_plan(tx, model, alias, target, moment)
        case _:
            raise invalid("target", f"{target.name} is neither a stage, an alias nor a route")


def _stage_plan(
    tx: Transaction, model: Model, stage: str, target: Target, moment: datetime | None
) -> RollbackPlan:
    now = tx.stages.holders(model, stage, None)
    wanted = _wanted_holders(tx, model, stage, target, moment)
    # As of a moment the stage gets its versions of then; otherwise one replaces the newest.
    gone = [number for number in now if number not in wanted]
    gone = gone if moment is not None else gone[:1]
    if stage == ARCHIVED:  # the target of leaving versions: none can leave it
        if moment is not None and gone:
            cause = f"versions that were archived since {moment.isoformat()} cannot leave the stage"
            raise RollbackNotPossible(str(target.name), cause)
        gone = []
    enters = tuple(
        _usable(tx, target, model, number) for number in reversed(wanted) if number not in now
    )
    if not enters and not gone:
        raise RollbackNotPossible(str(target.name), "it is in that state already")
    leaves = tuple(found for number in gone if (found := tx.versions.get(model, number)))
    previous = leaves[0].name if leaves else None
    moves = [
        Move(version.name, from_stage=version.stage, to_stage=stage, previous=previous)
        for version in enters
    ]
    if not enters:
        moves = [Move(found.name, from_stage=stage, to_stage=ARCHIVED) for found in leaves]
    return RollbackPlan(model, tuple(moves), enters, leaves, stage, target.with_aliases)


def _wanted_holders(
    tx: Transaction, model: Model, stage: str, target: Target, moment: datetime | None
) -> Sequence[int]:
    if moment is not None:
        found = tx.stages.holders(model, stage, moment)
        if not found:
            raise RollbackNotPossible(str(target.name), f"it was empty at {moment.isoformat()}")
        capacity = tx.graphs.get(model.name.namespace, None).capacity(stage)
        if capacity and len(found) > capacity:
            had = f"it had {len(found)} versions at {moment.isoformat()}"
            cause = f"{had}, its capacity is {capacity} now"
            raise RollbackNotPossible(str(target.name), cause)
        return found
    now = set(tx.stages.holders(model, stage, None))
    before = dict.fromkeys(
        entry.version.number
        for entry in _entries(tx, model)
        if entry.stage == stage and entry.version.number not in now
    )
    if target.version is not None:
        number = find_version(tx, target.version).name.number
        _require_among(target, number, {*before, *now})
        return [number]
    return [_last_usable(tx, target, model, before)]


def _alias_plan(
    tx: Transaction, model: Model, alias: AliasName, target: Target, moment: datetime | None
) -> RollbackPlan:
    head = tx.aliases.get(alias)
    now = None if head is None else head.version
    if moment is not None:
        number = tx.aliases.at(model, alias.alias, moment)
        if number is None:
            raise RollbackNotPossible(str(alias), f"it did not exist at {moment.isoformat()}")
    else:
        moves = list(islice(_alias_moves(tx, alias), _MOST_MOVES))
        if not moves:
            raise AliasNotFound(str(alias))
        held = {move.version.number: None for move in moves if move.version}
        if target.version is not None:
            number = find_version(tx, target.version).name.number
            _require_among(target, number, set(held))
        else:
            others = [n for n in held if now is None or n != now.number]
            number = _last_usable(tx, target, model, others)
    version = _usable(tx, target, model, number)
    if version.name == now:
        raise RollbackNotPossible(str(alias), f"it points at {now} already")
    return RollbackPlan(model, (Move(version.name, alias=alias, previous=now),))


def _route_plan(
    tx: Transaction, model: Model, route: RouteName, target: Target, moment: datetime | None
) -> RollbackPlan:
    if target.version is not None:
        raise invalid(
            "target", f"{target.name} is a route: it returns to a revision, not a version"
        )
    plan, head = earlier_plan(tx, model, route, moment), tx.routes.get(route)
    previous = None if head is None else head.plan.default.version
    move = Move(plan.default.version, previous=previous, route=route)
    return RollbackPlan(model, (move,), route=plan)


def _entries(tx: Transaction, model: Model) -> Iterator[StageEntry]:
    before: tuple[int, int] | None = None
    while page := tx.stages.history(model, before, _AT_ONCE):
        yield from page
        before = (page[-1].revision, page[-1].version.number)


def _alias_moves(tx: Transaction, alias: AliasName) -> Iterator[AliasEntry]:
    before: int | None = None
    while page := tx.aliases.history(alias, before, _AT_ONCE):
        yield from page
        before = page[-1].revision


def _require_among(target: Target, number: int, known: set[int]) -> None:
    if number not in known:
        raise RollbackNotPossible(
            str(target.name), f"version {number} was never in it: request a transition instead"
        )


def _last_usable(
    tx: Transaction, target: Target, model: Model, numbers: "Sequence[int] | dict[int, None]"
) -> int:
    """Return the first usable one."""
    for number in numbers:
        version = tx.versions.get(model, number)
        if version is not None and not objection_to(version):
            return number
    cause = "no earlier version is usable" if numbers else "there is no earlier version"
    raise RollbackNotPossible(str(target.name), cause)


def _usable(tx: Transaction, target: Target, model: Model, number: int) -> Version:
    version = tx.versions.get(model, number)
    if version is None:
        raise RollbackNotPossible(str(target.name), f"version {number} does not exist")
    objection = objection_to(version)
    if objection:
        raise RollbackNotPossible(str(target.name), objection)
    return version
