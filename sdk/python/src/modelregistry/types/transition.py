"""Transitions: moves of versions between stages, as requested, decided and done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from modelregistry.names import short_ref
from modelregistry.types.finding import Finding, FindingOutcome


class TransitionKind(IntEnum):
    """What a transition is."""

    PROMOTION = 1
    """A move along the stage graph, which policies guard."""
    ROLLBACK = 2
    """A return to what was before, without gates."""


class TransitionState(IntEnum):
    """Where a transition stands. The first two are open, the others ends."""

    PENDING_APPROVAL = 1
    WAITING = 2
    """Approved; the waiting time of its policies runs."""
    APPLIED = 3
    REFUSED = 4
    """By rules."""
    REJECTED = 5
    """By a person."""
    EXPIRED = 6
    CANCELLED = 7
    SUPERSEDED = 8
    """A newer request took its place, or a version moved another way meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionMove:
    """One move: of a version to a stage or, in a rollback, of an alias to a version."""

    version: str
    """The full name of the version."""
    from_stage: str = ""
    to_stage: str = ""
    alias: str = ""
    """The full name of the alias that moves; empty for a stage."""
    previous_version: str = ""
    """What the stage or alias held before, in a rollback."""
    policies: tuple[str, ...] = ()
    """The policies that guard it, each as `<id>@<number>`."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNeed:
    """Something that people must say."""

    policy: str
    """`<id>@<number>`."""
    requirement: str
    """Its id in the policy."""
    meaning: str = ""
    """What an approver states by it."""
    count: int = 1
    given: int = 0
    """How many have, by approvals that stand."""
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How an approval names it: `<policy>/<requirement>`."""
        return f"{self.policy.partition('@')[0]}/{self.requirement}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What one person said of a transition."""

    actor: str
    role: str
    approved: bool
    requirement: str = ""
    """What it counts for, as `<policy>/<requirement>`; empty for a no."""
    meaning: str = ""
    comment: str = ""
    create_time: datetime | None = None
    binding: str = ""
    """What it is bound to: when version, policy or evidence change, it does not count any more."""
    stands: bool = False
    """Whether it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One or more versions on their way to other stages, together."""

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
    """To be handed to `approve`, so that nothing is approved unread."""
    create_time: datetime | None = None
    expire_time: datetime | None = None
    apply_time: datetime | None = None
    """When it is due, while it waits."""
    end_time: datetime | None = None
    cause: str = ""
    """Why it ended, where its state does not say all."""
    revision: int = 0
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""

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
        """What did not pass, of all moves."""
        return tuple(
            item
            for move in self.moves
            for item in move.findings
            if item.outcome is not FindingOutcome.PASSED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionCheck:
    """What a request would meet."""

    passed: bool
    """Whether rules let the versions through; approvals and waiting may still be needed."""
    moves: tuple[TransitionMove, ...]
    """With what every rule says, what passed too."""
    needs: tuple[ApprovalNeed, ...] = ()
    wait: timedelta = timedelta(0)
    """How long to wait after the last approval."""
    revision: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, of all moves."""
        return tuple(item for move in self.moves for item in move.findings)
