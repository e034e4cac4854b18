"""Moves of versions between stages in the model: immediate, requested, timed, rolled back."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from registry_grpc.domain.errors import (
    ApprovalRequired,
    GateRefused,
    InvalidRequest,
    TransitionNotAllowed,
)
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.reference import Reference
from registry_grpc.services.transitions.rollback_plan import Target
from tests.support.account.both import Both, reference, text
from tests.support.account.places import Id, No, Places
from tests.support.account.requests import UNUSABLE, Request
from tests.support.account.returns import Wish, entangled, outcomes, planned


def set_stage(both: Both, who: Id, stage: str, actor: Principal) -> None:
    """Move a version at once."""
    places, judgement = both.account.places, both.account.judgement

    def expect() -> None:
        kept = places.kept[who]
        steps = [(who, kept.stage, stage)]
        if stage not in places.chart.rooms:
            raise No(InvalidRequest)
        if kept.state in UNUSABLE:
            raise No(UNUSABLE[kept.state])
        if kept.stage == stage:
            return
        if (kept.stage, stage) not in places.chart.ways:
            raise No(TransitionNotAllowed)
        if judgement.refuses(steps):
            raise No(GateRefused)
        if judgement.needs(steps) or judgement.wait(steps):
            raise No(ApprovalRequired)
        places.move(who, stage)

    both.do("set stage", expect, lambda: both.registry.set_stage(text(who), stage, actor))


def request(both: Both, wanted: Sequence[tuple[Id, str]], actor: Principal) -> None:
    """Ask for moves."""
    requests = both.account.requests
    known = len(requests.all)
    moves = [(text(who), stage) for who, stage in wanted]
    both.do(
        f"request {'one' if len(moves) == 1 else 'several'}",
        lambda: requests.ask(actor, wanted),
        lambda: both.registry.request(*moves, actor=actor),
    )
    if len(requests.all) > known:
        both.reached[f"request: {requests.all[-1].state}"] += 1


def decide(both: Both, one: Request, verb: str, actor: Principal) -> None:
    """Approve, reject or cancel."""
    assert one.name is not None
    name, registry, requests, before = one.name, both.registry, both.account.requests, one.state
    ways: dict[str, tuple[Callable[[], None], Callable[[], object]]] = {
        "approve": (
            lambda: requests.approve(one, actor),
            lambda: registry.approve(name, actor),
        ),
        "reject": (lambda: requests.reject(one, actor), lambda: registry.reject(name, actor)),
        "cancel": (
            lambda: requests.cancel(one, actor),
            lambda: registry.requests.cancel(registry.call(actor), name, ""),
        ),
    }
    both.do(verb, *ways[verb])
    both.reached[f"{verb}: {before} to {one.state}"] += 1


def let_time_pass(both: Both, by: timedelta, *, settle: bool) -> None:
    """Let time pass, and what is due be settled, one after the other."""
    account, clock = both.account, both.registry.clock
    clock.forward(by)
    if not settle:
        return
    account.begin(clock.now)
    due = account.requests.due()
    for one in due:
        account.begin(clock.now)
        before = one.state
        account.requests.settle(one)
        account.commit()
        both.reached[f"settle: {before} to {one.state}"] += 1
    both.registry.settlements.sweep()


def rollback(both: Both, wishes: Sequence[Wish], moment: datetime | None, actor: Principal) -> None:
    """Bring back what was, all of it or nothing."""
    places, registry = both.account.places, both.registry
    then = None if moment is None else both.account.then(moment)
    targets = [_target(wish) for wish in wishes]
    done: list[object] = []

    def act() -> None:
        if not done:
            call = registry.call(actor)
            done.append(registry.rollbacks.rollback(call, targets, moment, "worse"))

    def expect() -> None:
        returns = [planned(places, then, wish) for wish in wishes]
        ways = outcomes(places, returns)
        if entangled(returns):
            both.reached["entangled"] += 1
            act()  # which of these ways is gone, or none of them, is for the registry to say
            ways = [way for way in ways if _is_so(both, way)]
        places.become(ways[0])
        both.account.note("transition.rollback")

    many = "one" if len(wishes) == 1 else "several"
    both.do(f"roll {many} back{'' if moment is None else ' to a time'}", expect, act)


def _is_so(both: Both, places: Places) -> bool:
    kept = places.kept.items()
    return all(both.registry.version(text(who)).stage == one.stage for who, one in kept)


def _target(wish: Wish) -> Target:
    model, name = wish.seat
    back = None if wish.version is None else reference((model, wish.version))
    return Target(Reference.parse(f"{model}@{name}"), back, wish.with_aliases)
