"""Transitions: moves of versions between stages, with requests and decisions. Pure.

    request ─┬─ refused by rules ──────────────────────────────► REFUSED
             ├─ nothing more needed ───────────────────────────► APPLIED
             └─► PENDING_APPROVAL ── last approval ─┬─ no wait ─► APPLIED
                    ▲    │                          └─► WAITING ─► APPLIED
                    │    └─► REJECTED, CANCELLED, EXPIRED, SUPERSEDED, REFUSED (also from WAITING)
                    └─ an approval fell while it waited

An approval is bound to a digest of versions, moves, policies and evidence, and no longer counts
when the digest changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from registry_grpc.domain.finding import Finding, Outcome
from registry_grpc.domain.names import AliasName, RouteName, TransitionName, VersionName
from registry_grpc.domain.principal import Principal

LIFETIME = timedelta(days=30)
MOST_MOVES = 100
_PASSED = Outcome.PASSED


class TransitionKind(StrEnum):
    """Whether it is a promotion or a rollback."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


class TransitionState(StrEnum):
    """The state of a transition."""

    PENDING_APPROVAL = "pending_approval"
    WAITING = "waiting"
    APPLIED = "applied"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


OPEN = frozenset({TransitionState.PENDING_APPROVAL, TransitionState.WAITING})


class TransitionAction(StrEnum):
    """The actions of transitions in the log."""

    REQUEST = "transition.request"
    APPROVE = "transition.approve"
    REOPEN = "transition.reopen"
    WAIT = "transition.wait"
    APPLY = "transition.apply"
    REFUSE = "transition.refuse"
    REJECT = "transition.reject"
    CANCEL = "transition.cancel"
    SUPERSEDE = "transition.supersede"
    EXPIRE = "transition.expire"
    ROLLBACK = "transition.rollback"


@dataclass(frozen=True, slots=True)
class Move:
    """A move of a version to a stage or, in a rollback, of an alias to a version.

    from_stage, to_stage: '' for an alias or route. previous: the former version, in a rollback.
    policies: references of those that guard it. route: in a rollback, the route that returns to an
    earlier revision, whose default arm has the version.
    """

    version: VersionName
    from_stage: str = ""
    to_stage: str = ""
    alias: AliasName | None = None
    previous: VersionName | None = None
    policies: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    route: RouteName | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """An approval requirement of a policy, as of the last evaluation."""

    policy: str
    requirement: str
    meaning: str
    count: int
    roles: tuple[str, ...]
    allow_requester: bool
    allow_author: bool

    @property
    def key(self) -> str:
        """The name of it in approvals, independent of the policy's revision."""
        return f"{self.policy.partition('@')[0]}/{self.requirement}"


@dataclass(frozen=True, slots=True)
class Approval:
    """The decision of one person. requirement: the need's key; '' for a rejection."""

    actor: str
    role: str
    approved: bool
    requirement: str
    meaning: str
    comment: str
    time: datetime
    binding: str


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition.

    authors: the creators of the versions. cause: why it ended, as text. binding: as of its last
    change. apply_time: when it is due, while it waits. supersedes: the open transitions that its
    request ended. existing: of the reply to a request for it while it was open.
    """

    name: TransitionName
    category: TransitionKind
    state: TransitionState
    moves: tuple[Move, ...]
    requester: str
    reason: str
    create_time: datetime
    expire_time: datetime
    revision: int
    authors: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    approvals: tuple[Approval, ...] = ()
    wait: timedelta = timedelta(0)
    binding: str = ""
    apply_time: datetime | None = None
    end_time: datetime | None = None
    cause: str = ""
    supersedes: tuple[TransitionName, ...] = ()
    existing: bool = field(default=False, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether it can still be applied."""
        return self.state in OPEN

    @property
    def due(self) -> datetime | None:
        """When it must be processed, if nothing happens before; None after its end."""
        if not self.is_open:
            return None
        return min(self.expire_time, self.apply_time or self.expire_time)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all moves that did not pass."""
        return tuple(
            item for move in self.moves for item in move.findings if item.outcome is not _PASSED
        )

    def brief(self) -> "Transition":
        """Return it without the findings that passed."""
        moves = tuple(
            replace(move, findings=tuple(f for f in move.findings if f.outcome is not _PASSED))
            for move in self.moves
        )
        return replace(self, moves=moves)

    def without_findings(self) -> "Transition":
        """Return it without findings, for a step that another follows in the same transaction."""
        return replace(self, moves=tuple(replace(move, findings=()) for move in self.moves))

    def given(self, need: Need) -> int:
        """Return the number of valid approvals for a need."""
        return sum(
            item.approved and item.requirement == need.key and item.binding == self.binding
            for item in self.approvals
        )

    @property
    def unmet(self) -> tuple[Need, ...]:
        """The needs that lack approvals."""
        return tuple(need for need in self.needs if self.given(need) < need.count)

    def objections(self, principal: Principal, need: Need) -> list[str]:
        """Return why this principal cannot approve a need; nothing if it can."""
        found = []
        if need.roles and principal.role.label not in need.roles:
            found.append(
                f"{need.key} wants the role {' or '.join(need.roles)}, not {principal.role.label}"
            )
        if principal.name == self.requester and not need.allow_requester:
            found.append(f"{need.key} does not let the requester approve")
        if principal.name in self.authors and not need.allow_author:
            found.append(f"{need.key} does not let the author of a version approve")
        if self.has_approved(principal.name):
            found.append(f"{principal.name} has approved already")
        return found

    @property
    def approvers(self) -> tuple[str, ...]:
        """The principals with valid approvals, in the order of time."""
        given = (item for item in self.approvals if item.approved)
        return tuple(item.actor for item in given if item.binding == self.binding)

    def has_approved(self, actor: str) -> bool:
        """Whether this principal has a valid approval: each has at most one."""
        return any(
            item.approved and item.actor == actor and item.binding == self.binding
            for item in self.approvals
        )


def distinct(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return each need once: a policy of several moves requires its approvals once."""
    return tuple({(need.policy, need.requirement): need for need in needs}.values())


def sentences(needs: Sequence[Need], wait: timedelta) -> list[str]:
    """Return the required approvals and the wait as text."""
    found = []
    for need in needs:
        meaning = f" ({need.meaning})" if need.meaning else ""
        found.append(f"{need.count} approval(s) for {need.key}{meaning}")
    if wait:
        found.append(f"a waiting time of {wait}")
    return found
