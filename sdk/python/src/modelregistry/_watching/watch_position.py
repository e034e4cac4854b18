"""The position of the watch of the resolvers, and the age of their answers that follows from it."""

from dataclasses import dataclass
from typing import Final

from modelregistry._watching.filter import EVERYWHERE, parent_of
from modelregistry._watching.resolution import NEVER, NO_REVISION, Resolution

MAX_MODELS: Final = 1_000
"""One watch request lists at most this many models."""


@dataclass(frozen=True, slots=True, eq=False)
class WatchPlan:
    """The request of one connection of the watch."""

    models: frozenset[str]
    """The models whose changes it reports."""
    start_revision: int
    generation: int
    history: str = ""
    """The history that `start_revision` belongs to."""

    @property
    def parent(self) -> str:
        """The parent of the request."""
        return parent_of(self.models, EVERYWHERE)

    @property
    def listed_models(self) -> tuple[str, ...]:
        """The models to list in the request; none, which watches all, when they are too many."""
        return tuple(sorted(self.models)) if len(self.models) <= MAX_MODELS else ()


class WatchPosition:
    """The revision up to which the watch has reported everything, over which connection, and when.

    A generation ends when the registry returns to an earlier state or drops its history. A
    connection ends when it breaks, and not when it is extended to more models.
    """

    def __init__(self, silence: float) -> None:
        """silence: seconds without a message after which a connection counts as lost."""
        self.active_plan: WatchPlan | None = None
        self.revision = NO_REVISION
        self.history = ""
        """The history that `revision` belongs to; empty while it is unknown."""
        self.generation = 0
        self.connection = 0
        self._silence = silence
        self._confirmed = NEVER
        self._last_message = NEVER

    def next_plan(self, models: frozenset[str]) -> WatchPlan:
        """Return what the next connection requests."""
        return WatchPlan(models, self.revision + 1, self.generation, self.history)

    def connect(self, plan: WatchPlan) -> None:
        """Start to use a connection, with its first message.

        Unless the connection extends another one, no earlier answer is current any more: changes
        made meanwhile are still to come, and the registry may have been replaced.
        """
        if self.active_plan is None:
            self.connection += 1
        self.active_plan, self._confirmed = plan, NEVER

    def advance(self, revision: int, now: float, *, confirms: bool) -> None:
        """Record that the watch has reported everything up to this revision."""
        self.revision = max(self.revision, revision)
        self._last_message = now
        if confirms:
            self._confirmed = now

    def resume_at(self, revision: int) -> None:
        """Continue at the revision that the server gave when it ended the watch; never go back."""
        if self.revision != NO_REVISION:
            self.revision = max(self.revision, revision - 1)

    def disconnect(self) -> None:
        """Record that the watch broke."""
        self.active_plan, self._confirmed = None, NEVER

    def reset(self) -> None:
        """Forget the revision and start a new generation."""
        self.disconnect()
        self.generation += 1
        self.revision, self.history = NO_REVISION, ""

    def is_current(self, resolution: Resolution) -> bool:
        """Return whether an answer reflects everything that the watch has reported."""
        if resolution.answer is None or resolution.revision == NO_REVISION:
            return False
        reflects_all = resolution.revision >= resolution.required_revision
        return reflects_all and resolution.connection >= self.connection

    def confirmed(self, resolution: Resolution) -> float:
        """Return when the registry last confirmed an answer."""
        latest = self._confirmed  # read first: a change recorded meanwhile must not confirm
        known = resolution.watched and self.revision >= resolution.revision
        if known and self.is_current(resolution):
            return max(resolution.confirmed, latest)
        return resolution.confirmed

    def age(self, resolution: Resolution, now: float) -> float:
        """Return the seconds since the registry last confirmed an answer."""
        return max(0.0, now - self.confirmed(resolution))

    def is_stale(self, resolution: Resolution, now: float) -> bool:
        """Return whether the registry does not confirm an answer at present."""
        connected = self.active_plan is not None and now - self._last_message <= self._silence
        return not (connected and resolution.watched and self.is_current(resolution))
