"""Promotion policies: rules and approvals that guard moves into a stage."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from modelregistry.names import segment, short_ref
from modelregistry.types.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequirement:
    """Approvals that a transition needs, from different principals."""

    id: str
    """Unique in the policy."""
    meaning: str = ""
    """The statement of an approver, such as `validated on every patient group`."""
    count: int = 1
    """The number of different approvers."""
    roles: tuple[str, ...] = ()
    """The roles that may approve; empty for all that have the permission."""
    allow_requester: bool = False
    """Whether the requester of the transition may approve it."""
    allow_author: bool = False
    """Whether the principal that registered the version may approve it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One revision of a promotion policy."""

    name: str
    """`namespaces/{namespace}/policies/{policy}`; `put_policy` also accepts `risk/quality`."""
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
    """The revision of this policy: 1, 2, 3 …"""
    digest: str = ""
    """`sha256:<hex>` over its content; decisions reference it."""
    deleted: bool = False
    """Whether this revision deleted the policy."""
    etag: str = ""
    """Changes with every revision. `put_policy` fails when it is set and is not the current one."""
    updater: str = ""
    update_time: datetime | None = None
    revision: int = 0
    """The registry's revision of the change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def id(self) -> str:
        """The last part of the name, such as `quality`."""
        return segment(self.name, "policies")

    @property
    def ref(self) -> str:
        """`quality`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)
