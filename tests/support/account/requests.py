"""Transition requests and their outcomes, in the model of a registry."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registry_grpc.domain.errors import (
    ApprovalNotAllowed,
    GateRefused,
    InvalidRequest,
    TransitionNotAllowed,
    TransitionNotOpen,
    VersionDeleted,
    VersionRevoked,
    VersionYanked,
)
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.policy import ApprovalRequirement
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.transition import TransitionState as State
from registry_grpc.domain.version import VersionState
from tests.support.account.judgement import Judgement, Step
from tests.support.account.places import Id, No, Places

LIFETIME = timedelta(days=30)
OPEN = {State.PENDING_APPROVAL, State.WAITING}
UNUSABLE = {
    VersionState.DELETED: VersionDeleted,
    VersionState.REVOKED: VersionRevoked,
    VersionState.YANKED: VersionYanked,
}
_ACTIONS = {
    State.REFUSED: "refuse",
    State.REJECTED: "reject",
    State.EXPIRED: "expire",
    State.CANCELLED: "cancel",
    State.SUPERSEDED: "supersede",
    State.APPLIED: "apply",
}


@dataclass
class Request:
    """One request. yes: (approver, approval rule, basis). began: when its wait began.

    basis: as of its last change.
    """

    steps: Sequence[Step]
    requester: str
    expire: datetime
    due: datetime
    state: State = State.PENDING_APPROVAL
    yes: list[tuple[str, str, object]] = field(default_factory=list)
    began: datetime | None = None
    basis: object = None
    name: TransitionName | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still open."""
        return self.state in OPEN


class Requests:
    """All requests, oldest first. changes: their events since the last commit."""

    def __init__(self, places: Places, judgement: Judgement) -> None:
        self._places = places
        self._judgement = judgement
        self.all: list[Request] = []
        self.changes: list[tuple[str, Request]] = []

    def ask(self, actor: Principal, wanted: Sequence[tuple[Id, str]]) -> None:
        """Ask for moves."""
        for who, stage in wanted:
            self._require_way(who, stage)
        steps = [(who, self._places.kept[who].stage, stage) for who, stage in wanted]
        if not self._has_room(steps):
            raise No(InvalidRequest)
        expire = self._places.now + LIFETIME
        made = Request(steps, actor.name, expire, expire)
        if self._judgement.refuses(steps):
            self.all.append(made)
            self.changes.append(("request", made))
            self._end(made, State.REFUSED)
            raise No(GateRefused)
        if any(self._is_repeated(other, steps) for other in self.all):
            return
        aims = {(who, target) for who, _, target in steps}
        for other in self.all:
            if other.is_open and aims & {(who, target) for who, _, target in other.steps}:
                self._end(other, State.SUPERSEDED)
        self.all.append(made)
        self._go_on(made, "request", said=True)

    def approve(self, one: Request, actor: Principal) -> None:
        """Approve."""
        self._require_open(one)
        if one.state is State.WAITING:
            raise No(TransitionNotOpen)
        if self._places.now >= one.expire:
            self._end(one, State.EXPIRED)
            raise No(TransitionNotOpen)
        ended = self._looked_at_again(one)
        if ended is not None:
            raise No(ended)
        unmet, basis = self._unmet(one), self._judgement.basis(one.steps)
        if not unmet:
            self._go_on(one, "approve")
            return
        for key, need in unmet.items():
            if not self._objected(one, actor, need):
                one.yes.append((actor.name, key, basis))
                self._go_on(one, "approve", said=True)
                return
        raise No(ApprovalNotAllowed)

    def reject(self, one: Request, actor: Principal) -> None:
        """Reject."""
        self._require_open(one)
        if actor.name == one.requester:
            raise No(ApprovalNotAllowed)
        self._end(one, State.REJECTED)

    def cancel(self, one: Request, actor: Principal) -> None:
        """Withdraw it."""
        self._require_open(one)
        if actor.name != one.requester and actor.role is not Role.ADMIN:
            raise No(ApprovalNotAllowed)
        self._end(one, State.CANCELLED)

    def due(self) -> list[Request]:
        """Return the requests that are due now, the longest due first."""
        found = [one for one in self.all if one.is_open and one.due <= self._places.now]
        return sorted(found, key=lambda one: (one.due, one.name and one.name.uuid))

    def settle(self, one: Request) -> None:
        """Apply or expire a due request; do nothing when an earlier one has ended it."""
        if not one.is_open:
            return
        if self._places.now >= one.expire:
            self._end(one, State.EXPIRED)
        elif self._looked_at_again(one) is None:
            reopened = self._unmet(one)
            self._go_on(one, "reopen" if reopened else "wait")

    def overtake(self) -> None:
        """End what was asked for versions that moved another way or may not be followed."""
        for one in self.all:
            stages = [self._places.kept[who].stage for who, _, _ in one.steps]
            moved = stages != [source for _, source, _ in one.steps]
            followed = all(self._places.may_be_followed(who) for who, _, _ in one.steps)
            if one.is_open and (moved or not followed):
                self._end(one, State.SUPERSEDED)

    def _require_way(self, who: Id, stage: str) -> None:
        kept = self._places.kept[who]
        if stage not in self._places.chart.rooms:
            raise No(InvalidRequest)
        if kept.state in UNUSABLE:
            raise No(UNUSABLE[kept.state])
        if (kept.stage, stage) not in self._places.chart.ways:
            raise No(TransitionNotAllowed)

    def _require_open(self, one: Request) -> None:
        if not one.is_open:
            raise No(TransitionNotOpen)

    def _looked_at_again(self, one: Request) -> type[GateRefused | TransitionNotOpen] | None:
        chart = self._places.chart
        ways = all((source, target) in chart.ways for _, source, target in one.steps)
        if not ways or not self._has_room(one.steps):
            self._end(one, State.SUPERSEDED)
            return TransitionNotOpen
        if self._judgement.refuses(one.steps):
            self._end(one, State.REFUSED)
            return GateRefused
        return None

    def _is_repeated(self, one: Request, steps: Sequence[Step]) -> bool:
        """Whether a request for these moves repeats one that is open."""
        basis = self._judgement.basis(steps)
        return one.is_open and one.expire > self._places.now and one.basis == basis

    def _go_on(self, one: Request, action: str, *, said: bool = False) -> None:
        """Apply it, or let it wait for people or time; action: what that is called.

        said: a person asked or approved, which is an event of its own.
        """
        one.basis = self._judgement.basis(one.steps)
        if self._unmet(one):
            one.state, one.due, one.began = State.PENDING_APPROVAL, one.expire, None
            self.changes.append((action, one))
            return
        one.began = one.began or self._places.now
        due = one.began + self._judgement.wait(one.steps)
        if due > self._places.now:
            one.state, one.due = State.WAITING, min(due, one.expire)
            self.changes.append((action, one))
            return
        if said:
            self.changes.append((action, one))
        self._end(one, State.APPLIED)
        for who, _, target in one.steps:
            self._places.move(who, target)

    def _end(self, one: Request, state: State) -> None:
        one.state = state
        self.changes.append((_ACTIONS[state], one))

    def _unmet(self, one: Request) -> dict[str, ApprovalRequirement]:
        basis = self._judgement.basis(one.steps)
        given = Counter(key for _, key, then in one.yes if then == basis)
        needs = self._judgement.needs(one.steps)
        return {key: need for key, need in needs.items() if given[key] < need.count}

    def _objected(self, one: Request, actor: Principal, need: ApprovalRequirement) -> bool:
        basis = self._judgement.basis(one.steps)
        authors = {self._places.kept[who].version.creator for who, _, _ in one.steps}
        return (
            (bool(need.roles) and actor.role.value[0] not in need.roles)
            or (actor.name == one.requester and not need.allow_requester)
            or (actor.name in authors and not need.allow_author)
            or any(actor.name == name and then == basis for name, _, then in one.yes)
        )

    def _has_room(self, steps: Sequence[Step]) -> bool:
        """Whether each version occurs once, stages have room, and leaving versions come first."""
        rooms = self._places.chart.rooms
        crowds = Counter((who[0], target) for who, _, target in steps)
        filled: set[tuple[str, str]] = set()
        for (model, _), source, target in steps:
            if (model, source) in filled and rooms[source] and target != "archived":
                return False
            filled.add((model, target))
        once = len({who for who, _, _ in steps}) == len(steps)
        return once and all(n <= (rooms[stage] or n) for (_, stage), n in crowds.items())
