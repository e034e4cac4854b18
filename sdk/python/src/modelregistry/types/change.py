"""Changes: what happened in the registry, in the order in which it happened."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.types.alias import Alias
from modelregistry.types.evaluation import Attestation, Evaluation
from modelregistry.types.lineage import LineageRecord
from modelregistry.types.model import Model
from modelregistry.types.namespace import Namespace
from modelregistry.types.policy import Policy
from modelregistry.types.refusal import RefusedCall
from modelregistry.types.registration_schema import RegistrationSchema
from modelregistry.types.stage_graph import StageGraph
from modelregistry.types.transition import Transition
from modelregistry.types.version import Version

Resource = (
    Namespace
    | Model
    | Version
    | Alias
    | Evaluation
    | Policy
    | Attestation
    | RegistrationSchema
    | LineageRecord
    | Transition
    | StageGraph
)
"""What can change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvent:
    """One change of one resource, as recorded; in the audit trail perhaps a refused call."""

    revision: int
    """The revision of its transaction. Of a refused call, which takes none: the newest then."""
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""
    index: int
    """Its place among the events of its transaction, from 0; -1 of a refused call."""
    action: str
    """What was done, such as `alias.set`; `state` in the initial state of a watch.

    Of a refused call `call.denied`, when a role did not suffice, or `call.refused` by a rule.
    """
    name: str
    """The full name of the resource. Of a refused call: what it named, perhaps nothing."""
    time: datetime | None = None
    actor: str = ""
    reason: str = ""
    before: Resource | None = None
    """As it was; None when it did not exist, or is of a kind that this release does not know."""
    after: Resource | None = None
    """As it is from then on; None when it no longer exists, or is of an unknown kind."""
    refusal: RefusedCall | None = None
    """How a call was refused; then nothing changed. None for a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a watch says at once: a transaction, a part of the initial state, or a bookmark.

    Everything up to `revision` has been told, so a watch that begins at `revision + 1` goes on from
    here. Of an initial state that holds once `initial_state_complete` has come.
    """

    revision: int
    history_id: str = ""
    """The history that `revision` is of: to be kept beside it, and given with it to `watch`."""
    events: tuple[ChangeEvent, ...] = ()
    """All events of this revision that were asked for; none in a bookmark."""
    initial_state_complete: bool = False
    """The initial state ends here."""
    restarted: bool = False
    """The registry was restored from a backup: what was told before need not hold any more.

    It has no events. The present state follows, as with `initial_state`, then what changes.
    """

    @property
    def position(self) -> str:
        """Where this is, as `HISTORY:REVISION`."""
        return f"{self.history_id}:{self.revision}" if self.history_id else str(self.revision)

    @property
    def is_bookmark(self) -> bool:
        """Whether nothing happened: it only says how far everything was told."""
        return not self.events and not self.restarted
