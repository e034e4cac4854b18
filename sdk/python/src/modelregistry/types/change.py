"""Changes of resources, in the order of the change log."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.types.alias import Alias
from modelregistry.types.denied_request import DeniedRequest
from modelregistry.types.deployment import Deployment
from modelregistry.types.ensemble import EnsembleStatus
from modelregistry.types.evaluation import Attestation, Evaluation
from modelregistry.types.lineage import LineageRecord
from modelregistry.types.model import Model
from modelregistry.types.monitor import Monitor, MonitorState
from modelregistry.types.namespace import Namespace
from modelregistry.types.policy import Policy
from modelregistry.types.registration_schema import RegistrationSchema
from modelregistry.types.route import Route
from modelregistry.types.stage_graph import StageGraph
from modelregistry.types.transition import Transition
from modelregistry.types.version import Version

Resource = (
    Namespace
    | Model
    | Version
    | Alias
    | Route
    | Deployment
    | EnsembleStatus
    | Evaluation
    | Policy
    | Monitor
    | MonitorState
    | Attestation
    | RegistrationSchema
    | LineageRecord
    | Transition
    | StageGraph
)
"""A resource whose changes are recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationChange:
    """A change of one annotation of a model or a version."""

    key: str
    before_digest: str = ""
    """`sha256:<hex>` of the UTF-8 of the value before; empty when there was none."""
    after_digest: str = ""
    """`sha256:<hex>` of the UTF-8 of the value after; empty when it was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvent:
    """One change of one resource, or, in the audit trail, a denied request."""

    revision: int
    """The revision of its transaction; for a denied request the newest at the time."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""
    index: int
    """Its position among the events of its transaction, from 0; -1 for a denied request."""
    action: str
    """The action, such as `alias.set`; `state` in the initial state of a watch.

    For a denied request `permission.denied` (the caller lacks the permission) or
    `precondition.failed` (a rule or the state of a resource does not allow it).
    """
    name: str
    """The full name of the resource. For a denied request the requested resource, or empty."""
    time: datetime | None = None
    actor: str = ""
    reason: str = ""
    before: Resource | None = None
    """The resource before; None when it did not exist, or its kind is unknown to this release."""
    after: Resource | None = None
    """The resource after; None when it no longer exists, or its kind is unknown to this release."""
    before_digest: str = ""
    """The digest of the whole record before; '' when there was none, or it was not recorded."""
    after_digest: str = ""
    """The digest of the whole record after, `sha256:<hex>`; the contract has its definition."""
    annotation_changes: tuple[AnnotationChange, ...] = ()
    """The annotations that changed; `before` and `after` have none."""
    ended_redirects: tuple[str, ...] = ()
    """Former names of another model that end: this one takes the same name in another spelling."""
    denied_request: DeniedRequest | None = None
    """The denied request, which changed nothing. None for a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """One message of a watch: a transaction, a part of the initial state, or a bookmark.

    Everything up to `revision` was delivered, so a watch can resume at `revision + 1`. During an
    initial state this is true only once `initial_state_complete` is set.
    """

    revision: int
    history_id: str = ""
    """The history id of `revision`: store both, and pass both to `watch`."""
    events: tuple[ChangeEvent, ...] = ()
    """All requested events of this revision; none in a bookmark."""
    initial_state_complete: bool = False
    """The initial state ends here."""
    restarted: bool = False
    """The registry was restored from a backup: earlier messages may no longer be true.

    It has no events. The present state follows, as with `initial_state`, then changes.
    """

    @property
    def position(self) -> str:
        """The position of this message, as `HISTORY:REVISION`."""
        return f"{self.history_id}:{self.revision}" if self.history_id else str(self.revision)

    @property
    def is_bookmark(self) -> bool:
        """Whether it only confirms that everything up to `revision` was delivered."""
        return not self.events and not self.restarted
