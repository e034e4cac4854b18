"""Transitions: requested moves of versions between stages, with findings and approvals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from modelregistry.names import short_ref
from modelregistry.types.finding import Finding, FindingOutcome


class TransitionKind(IntEnum):
    """The kind of a transition."""

    PROMOTION = 1
    """A move along the stage graph, guarded by policies."""
    ROLLBACK = 2
    """A return to an earlier version, without checks."""


class TransitionState(IntEnum):
    """The state of a transition. The first two are open, the others final."""

    PENDING_APPROVAL = 1
    WAITING = 2
    """Approved; it is applied when the waiting time of its policies is over."""
    APPLIED = 3
    REFUSED = 4
    """A rule blocked it."""
    REJECTED = 5
    """An approver rejected it."""
    EXPIRED = 6
    CANCELLED = 7
    SUPERSEDED = 8
    """A newer request replaced it, or a version moved in another way meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionMove:
    """A move of a version to a stage or, in a rollback, of an alias to a version."""

    version: str
    """The full name of the version."""
    from_stage: str = ""
    to_stage: str = ""
    alias: str = ""
    """The full name of the alias that moves; empty for a stage."""
    previous_version: str = ""
    """The version that the stage or alias had before, in a rollback."""
    policies: tuple[str, ...] = ()
    """The policies that guard it, each as `<id>@<number>`."""
    findings: tuple[Finding, ...] = ()
    route: str = ""
    """The full name of the route that returned to an earlier revision, in a rollback.

    `version` and `previous_version` are those of its default arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNeed:
    """An approval requirement of a transition, and how far it is met."""

    policy: str
    """`<id>@<number>`."""
    requirement: str
    """Its id in the policy."""
    meaning: str = ""
    """The statement of an approver."""
    count: int = 1
    given: int = 0
    """The number of valid approvals."""
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key that an approval references: `<policy>/<requirement>`."""
        return f"{self.policy.partition('@')[0]}/{self.requirement}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The decision of one principal on a transition."""

    actor: str
    role: str
    approved: bool
    requirement: str = ""
    """The requirement that it counts for, as `<policy>/<requirement>`; empty for a rejection."""
    meaning: str = ""
    comment: str = ""
    create_time: datetime | None = None
    binding: str = ""
    """The binding at that time: a change of version, policy or evidence voids the approval."""
    stands: bool = False
    """Whether the approval is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Requested moves of one or more versions between stages, applied together."""

    name: str
    kind: TransitionKind | int
    """A plain number when this release does not know it."""
    state: TransitionState | int
    """A plain number when this release does not know it."""
    moves: tuple[TransitionMove, ...]
    requester: str
    reason: str = ""
    needs: tuple[ApprovalNeed, ...] = ()
    approvals: tuple[Approval, ...] = ()
    binding: str = ""
    """Pass it to `approve`, so that only what was read is approved."""
    create_time: datetime | None = None
    expire_time: datetime | None = None
    apply_time: datetime | None = None
    """The time at which it will be applied, while it waits."""
    end_time: datetime | None = None
    cause: str = ""
    """The reason why it ended, if the state alone does not explain it."""
    supersedes: tuple[str, ...] = ()
    """The open transitions that its request ended, because their binding differs."""
    existing: bool = False
    """Only of `promote`: it was open already, and the request changed nothing."""
    revision: int = 0
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def ref(self) -> str:
        """Its id, with the namespace in front if it is not `default`."""
        return short_ref(self.name)

    @property
    def is_open(self) -> bool:
        """Whether it can still be applied."""
        return self.state in {TransitionState.PENDING_APPROVAL, TransitionState.WAITING}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all moves that did not pass."""
        return tuple(
            item
            for move in self.moves
            for item in move.findings
            if item.outcome is not FindingOutcome.PASSED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionCheck:
    """The result of a check: what a request would find."""

    passed: bool
    """Whether no rule blocks the moves; approvals and a wait may still be needed."""
    moves: tuple[TransitionMove, ...]
    """With the findings of every rule, including those that passed."""
    needs: tuple[ApprovalNeed, ...] = ()
    wait: timedelta = timedelta(0)
    """The waiting time after the last approval."""
    revision: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all moves."""
        return tuple(item for move in self.moves for item in move.findings)
