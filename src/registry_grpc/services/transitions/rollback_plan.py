"""What a rollback comes to: who returns, who leaves, in which order. Nothing is changed here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter

from registry_grpc.domain.alias import AliasEntry
from registry_grpc.domain.errors import AliasNotFound, RegistryError, RollbackNotPossible
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, ModelName
from registry_grpc.domain.reference import ByName, Reference
from registry_grpc.domain.stage import ARCHIVED, NONE, StageEntry
from registry_grpc.domain.transition import Move
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_live_model

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
class Plan:
    """What one target comes to. enters: oldest first; leaves: without who replaces them."""

    model: Model
    moves: tuple[Move, ...]
    enters: tuple[Version, ...] = ()
    leaves: tuple[Version, ...] = ()
    stage: str = ""
    with_aliases: bool = False


def in_order(plans: Sequence[Plan]) -> Iterator[Plan]:
    """Yield those first whose versions come from a stage that another plan fills.

    So nobody is archived on the way who only goes from one of the stages to another. Aliases come
    last, when the stages that they demand are held. Raises RollbackNotPossible for a circle.
    """
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for here, plan in enumerate(plans):
        left = {version.name for version in plan.leaves}
        first = [
            there
            for there, other in enumerate(plans)
            if (other.stage and not plan.stage)
            or any(version.name in left for version in other.enters)
        ]
        sorter.add(here, *first)
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        raise entangled(plans[0].model.name) from error
    return (plans[index] for index in order)


def entangled(model: ModelName) -> RollbackNotPossible:
    """Return the error for targets that want one version or alias in two places."""
    cause = "a version or alias would have to move twice; roll its stages back one after the other"
    return RollbackNotPossible(str(model), cause)


def planned(tx: Transaction, target: Target, moment: datetime | None) -> Plan:
    """Return what a target comes to by now, or back to a moment.

    Raises InvalidRequest, RollbackNotPossible, AliasNotFound, and as `find_version`.
    """
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
) -> Plan:
    now = tx.stages.holders(model, stage, None)
    wanted = _wanted_holders(tx, model, stage, target, moment)
    # Back to a moment the stage holds what it held; otherwise one takes the place of the newest.
    gone = [number for number in now if number not in wanted]
    gone = gone if moment is not None else gone[:1]
    if stage == ARCHIVED:  # who leaves another stage goes there: nobody leaves this one
        if moment is not None and gone:
            cause = f"versions that were archived since {moment.isoformat()} have no other place"
            raise RollbackNotPossible(str(target.name), cause)
        gone = []
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
    return Plan(model, tuple(moves), enters, leaves, stage, target.with_aliases)


def _wanted_holders(
    tx: Transaction, model: Model, stage: str, target: Target, moment: datetime | None
) -> Sequence[int]:
    if moment is not None:
        found = tx.stages.holders(model, stage, moment)
        if not found:
            raise RollbackNotPossible(str(target.name), f"it held nothing at {moment.isoformat()}")
        room = tx.graphs.get(model.name.namespace, None).capacity(stage)
        if room and len(found) > room:
            cause = f"it held {len(found)} at {moment.isoformat()} and has room for {room} by now"
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
) -> Plan:
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
    return Plan(model, (Move(version.name, alias=alias, previous=now),))


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
