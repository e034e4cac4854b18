"""Policies: what must be true before a version may enter a stage."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from modelregistry.names import segment, short_ref
from modelregistry.types.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequirement:
    """Approvals that a transition needs, from different people."""

    id: str
    """Unique in the policy."""
    meaning: str = ""
    """What an approver states, such as `validated on every patient group`."""
    count: int = 1
    """How many different people."""
    roles: tuple[str, ...] = ()
    """The roles that may approve; empty for all that have the permission."""
    allow_requester: bool = False
    """Whether who requested the transition may approve it."""
    allow_author: bool = False
    """Whether who registered the version may approve it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What guards a move from stage to stage, as one revision says it."""

    name: str
    """`namespaces/{namespace}/policies/{policy}`; to put one, `risk/quality` will do."""
    to_stage: str
    """The stage that versions enter."""
    models: str
    """A pattern of model ids, such as `fraud-*`, or `*` for all."""
    from_stage: str = ""
    """The stage that versions come from; empty for any."""
    rules: tuple[Rule, ...] = ()
    approvals: tuple[ApprovalRequirement, ...] = ()
    wait: timedelta = timedelta(0)
    """How long a transition waits after its last approval."""
    description: str = ""
    number: int = 0
    """Which revision of this policy: 1, 2, 3 …"""
    digest: str = ""
    """`sha256:<hex>` over its content, by which decisions name it."""
    deleted: bool = False
    """Whether the policy ended with this revision."""
    etag: str = ""
    """Changes with every revision. A policy is put only over the one whose etag it has, if any."""
    updater: str = ""
    update_time: datetime | None = None
    revision: int = 0
    """The revision of the registry that put it."""
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""

    @property
    def id(self) -> str:
        """The last part of the name, such as `quality`."""
        return segment(self.name, "policies")

    @property
    def ref(self) -> str:
        """`quality`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)
