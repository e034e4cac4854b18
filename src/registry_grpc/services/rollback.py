"""The use case of a bad day: stages and aliases return to what they held before, at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry_grpc.domain.alias import AliasEntry
from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import AliasNotFound, RegistryError, RollbackNotPossible
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, TransitionName
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import ByName, Reference
from registry_grpc.domain.stage import ARCHIVED, NONE, StageEntry
from registry_grpc.domain.transition import Move, Transition, TransitionKind, TransitionState
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.alias import move_alias
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_live_model
from registry_grpc.services.stage import move_stage

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Target:
    """A stage or an alias. version: who comes back, None for whoever was there last.

    with_aliases: of a stage, whether the aliases of the version that leaves follow.
    """

    name: Reference
    version: Reference | None = None
    with_aliases: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one target comes to. enters: oldest first; leaves: without who replaces them."""

    model: Model
    moves: tuple[Move, ...]
    enters: tuple[Version, ...] = ()
    leaves: tuple[Version, ...] = ()
    stage: str = ""
    with_aliases: bool = False


class Rollbacks:
    """Bring back what was."""

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
    ) -> bytes:
        """Bring back the last holders, those stated, or those of a moment; all or none.

        Raises InvalidRequest, RollbackNotPossible, AliasNotFound, and as `find_version`.
        """
        check_reason(reason)
        if not reason.strip():
            raise invalid("reason", "is required: it is what the record will say")
        if moment is not None and moment > self._clock():
            raise invalid("to_time", "lies in the future")

        def act(tx: Transaction) -> Transition:
            plans = [_planned(tx, target, moment) for target in targets]
            made = self._record(tx, call.actor.name, plans, reason)
            for plan in plans:
                _carry_out(tx, call.actor.name, plan, reason)
            return made

        return self._mutations.change(call, act)

    def _record(
        self, tx: Transaction, actor: str, plans: Sequence[_Plan], reason: str
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
        tx.record([Change("transition.rollback", str(made.name), actor, None, made, reason)])
        return made


def _planned(tx: Transaction, target: Target, moment: datetime | None) -> _Plan:
    model = require_live_model(tx, target.name.model)
    graph = tx.graphs.get(model.name.namespace, None)
    match target.name.selector:
        case ByName(name) if name in graph and name != NONE:
            return _stage_plan(tx, model, name, target, moment)
        case ByName(name):
            return _alias_plan(tx, model, model.name.alias(name), target, moment)
        case _:
            raise invalid("target", f"{target.name} is neither a stage nor an alias")


def _stage_plan(
    tx: Transaction, model: Model, stage: str, target: Target, moment: datetime | None
) -> _Plan:
    now = tx.stages.holders(model, stage, None)
    wanted = _wanted_holders(tx, model, stage, target, moment)
    # Back to a moment the stage holds what it held; otherwise one takes the place of the newest.
    gone = [number for number in now if number not in wanted]
    gone = gone if moment is not None else gone[:1]
    enters = tuple(
        _usable(tx, target, model, number) for number in reversed(wanted) if number not in now
    )
    if not enters and not gone:
        raise RollbackNotPossible(str(target.name), "it holds that already")
    leaves = tuple(found for number in gone if (found := tx.versions.get(model, number)))
    previous = leaves[0].name if leaves else None
    moves = [
        Move(version.name, from_stage=version.stage, to_stage=stage, previous=previous)
        for version in enters
    ]
    if not enters:
        moves = [Move(found.name, from_stage=stage, to_stage=ARCHIVED) for found in leaves]
    return _Plan(model, tuple(moves), enters, leaves, stage, target.with_aliases)


def _wanted_holders(
    tx: Transaction, model: Model, stage: str, target: Target, moment: datetime | None
) -> Sequence[int]:
    if moment is not None:
        found = tx.stages.holders(model, stage, moment)
        if not found:
            raise RollbackNotPossible(str(target.name), f"it held nothing at {moment.isoformat()}")
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
) -> _Plan:
    head = tx.aliases.get(alias)
    now = None if head is None else head.version
    if moment is not None:
        number = tx.aliases.at(alias, moment)
        if number is None:
            raise RollbackNotPossible(str(alias), f"it did not exist at {moment.isoformat()}")
    else:
        moves = list(_alias_moves(tx, alias))
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
        raise RollbackNotPossible(str(alias), f"it names {now} already")
    return _Plan(model, (Move(version.name, alias=alias, previous=now),))


def _carry_out(tx: Transaction, actor: str, plan: _Plan, reason: str) -> None:
    for alias, name in ((move.alias, move.version) for move in plan.moves if move.alias):
        version = tx.versions.get(plan.model, name.number)
        if version is not None:
            move_alias(tx, actor, alias, version, "", reason)
    for entering in plan.enters:
        move_stage(tx, actor, plan.model, entering, plan.stage, reason)
    if plan.with_aliases and plan.enters:
        _take_along(tx, actor, plan, reason)
    for left in plan.leaves:
        current = tx.versions.get(plan.model, left.name.number)
        if current is not None and current.stage == plan.stage:
            move_stage(tx, actor, plan.model, current, ARCHIVED, reason)


def _take_along(tx: Transaction, actor: str, plan: _Plan, reason: str) -> None:
    """Point the aliases of those that leave at the last that came; protected ones have followed."""
    heir = tx.versions.get(plan.model, plan.enters[-1].name.number)
    for alias in [alias for left in plan.leaves for alias in left.aliases]:
        name = plan.model.name.alias(alias)
        head = tx.aliases.get(name)
        if heir is not None and head is not None and head.revision < tx.revision:
            move_alias(tx, actor, name, heir, "", reason)


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
            str(target.name), f"version {number} was never there: request a transition instead"
        )


def _last_usable(
    tx: Transaction, target: Target, model: Model, numbers: "Sequence[int] | dict[int, None]"
) -> int:
    """Return the first that may be used."""
    for number in numbers:
        version = tx.versions.get(model, number)
        if version is not None and not _objection(version):
            return number
    cause = "none that was there before may be used" if numbers else "nothing was there before"
    raise RollbackNotPossible(str(target.name), cause)


def _usable(tx: Transaction, target: Target, model: Model, number: int) -> Version:
    version = tx.versions.get(model, number)
    if version is None:
        raise RollbackNotPossible(str(target.name), f"version {number} is not there")
    objection = _objection(version)
    if objection:
        raise RollbackNotPossible(str(target.name), objection)
    return version


def _objection(version: Version) -> str:
    try:
        version.require_followed()
    except RegistryError as error:
        return error.message
    return ""
