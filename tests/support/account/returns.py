"""The results of rollbacks, in the model of a registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from registry_grpc.domain.errors import AliasNotFound, AliasProtected, RollbackNotPossible
from tests.support.account.places import Id, No, Places, Seat


@dataclass(frozen=True)
class Wish:
    """A rollback of a stage or an alias. version: the target, None for the previous one."""

    seat: Seat
    version: int | None = None
    with_aliases: bool = False


@dataclass(frozen=True)
class Return:
    """The result of a rollback. enters: oldest first; gone: newest first. An alias has one."""

    wish: Wish
    enters: tuple[Id, ...]
    gone: tuple[Id, ...] = ()
    is_alias: bool = False


def planned(places: Places, then: Places | None, wish: Wish) -> Return:
    """Return the result of a rollback, to the previous state or to the state `then`."""
    model, name = wish.seat
    if name not in places.chart.rooms:
        return Return(wish, ((model, _alias_target(places, then, wish)),), is_alias=True)
    now = places.holders(model, name)
    wanted = _wanted(places, then, wish, now)
    gone = [(model, n) for n in now if n not in wanted][: None if then else 1]
    enters = [(model, n) for n in reversed(wanted) if n not in now]
    if name == "archived":  # versions leave it only for another stage
        if then and gone:
            raise No(RollbackNotPossible)
        gone = []
    if not all(places.may_be_followed(who) for who in enters) or not (enters or gone):
        raise No(RollbackNotPossible)
    return Return(wish, tuple(enters), tuple(gone))


def outcomes(places: Places, returns: Sequence[Return]) -> list[Places]:
    """Return what may come of them together; nothing if one of them cannot be.

    Of those that touch nothing in common there is one way, whatever their order. Of others there
    may be several, and the registry may refuse as well.
    """
    if not entangled(returns):
        return [_carried_out(places, returns)]
    found = []
    for order in permutations(returns):
        try:
            found.append(_carried_out(places, order))
        except No:
            continue
    return found


def entangled(returns: Sequence[Return]) -> bool:
    """Whether two of them want the same version to move."""
    touched = [who for one in returns if not one.is_alias for who in (*one.enters, *one.gone)]
    return len(touched) > len(set(touched))


def _wanted(places: Places, then: Places | None, wish: Wish, now: Sequence[int]) -> Sequence[int]:
    model, stage = wish.seat
    if then is not None:
        held = then.holders(model, stage)
        room = places.chart.rooms[stage]
        if not held or (room and len(held) > room):
            raise No(RollbackNotPossible)
        return held
    before = [number for _, number in sorted(places.entered.get(wish.seat, ()), reverse=True)]
    if wish.version is not None:
        if wish.version not in {*before, *now}:
            raise No(RollbackNotPossible)
        return [wish.version]
    return [_last(places, model, [number for number in before if number not in now])]


def _alias_target(places: Places, then: Places | None, wish: Wish) -> int:
    model, _ = wish.seat
    now, named = places.aliases.get(wish.seat), places.named.get(wish.seat, ())
    if then is not None:
        if wish.seat not in then.aliases:
            raise No(RollbackNotPossible)
        target = then.aliases[wish.seat]
    elif not named:
        raise No(AliasNotFound)
    elif wish.version is not None:
        target = wish.version
    else:
        target = _last(places, model, [number for number in reversed(named) if number != now])
    if target not in named or target == now or not places.may_be_followed((model, target)):
        raise No(RollbackNotPossible)
    return target


def _last(places: Places, model: str, numbers: Sequence[int]) -> int:
    for number in numbers:
        if places.may_be_followed((model, number)):
            return number
    raise No(RollbackNotPossible)


def _carried_out(places: Places, returns: Sequence[Return]) -> Places:
    after = places.copy()
    for one in (one for one in returns if not one.is_alias):
        _return_stage(places, after, one)
    for one in (one for one in returns if one.is_alias):
        seat, (who,) = one.wish.seat, one.enters
        if after.aliases.get(seat) == who[1]:
            continue
        if after.aliases.get(seat) != places.aliases.get(seat):  # it does not move twice
            raise No(RollbackNotPossible)
        if after.chart.forbids(seat[1], after.kept[who].stage):
            raise No(AliasProtected)
        after.point(seat, who[1])
    _require_one_move_each(after)
    return after


def _require_one_move_each(places: Places) -> None:
    moved = [
        (model, number)
        for (model, _), entries in places.entered.items()
        for time, number in entries
        if time == places.now
    ]
    if len(moved) > len(set(moved)):
        raise No(RollbackNotPossible)


def _return_stage(before: Places, after: Places, one: Return) -> None:
    _, stage = one.wish.seat
    for who in one.enters:
        leaving = [other for other in one.gone if after.kept[other].stage == stage]
        after.move(who, stage, leaving)
    for other in one.gone if one.enters and one.wish.with_aliases else ():
        for seat in before.names_of(other):
            if after.aliases.get(seat) == other[1]:
                after.point(seat, one.enters[-1][1])
    for other in one.gone:
        if after.kept[other].stage == stage:
            after.move(other, "archived")
