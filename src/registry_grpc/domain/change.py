"""Changes: what the log of the registry records of every mutation."""

from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.resource import Resource
from registry_grpc.domain.transition import Transition


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one resource, to be recorded in the transaction that makes it.

    action: such as `alias.set`, from the enum beside its noun. name: the resource's canonical name.
    before and after: the resource then; None when it did not exist.
    """

    action: str
    name: str
    actor: str
    before: Resource | None
    after: Resource | None
    reason: str = ""

    @property
    def moved(self) -> tuple[str, ...]:
        """The models whose versions a transition moves, by canonical name; none of the others."""
        told = self.after or self.before
        if not isinstance(told, Transition):
            return ()
        return tuple(dict.fromkeys(str(move.version.parent) for move in told.moves))


@dataclass(frozen=True, slots=True)
class Event:
    """A change as recorded. index: its place among the changes of its revision, from 0."""

    revision: int
    index: int
    time: datetime
    change: Change
