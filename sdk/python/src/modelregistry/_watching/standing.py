"""Where the watch of many references stands, and what that says about their answers."""

from dataclasses import dataclass
from typing import Final

from modelregistry._watching.entry import NEVER, NONE, Entry
from modelregistry._watching.filter import EVERYWHERE, parent_of

MOST_MODELS: Final = 1_000
"""So many may one watch name."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What one connection of the watch asks for."""

    covers: frozenset[str]
    """The models that it tells of."""
    start_revision: int
    generation: int
    history: str = ""
    """Of which `start_revision` is."""

    @property
    def parent(self) -> str:
        """Where it looks."""
        return parent_of(self.covers, EVERYWHERE)

    @property
    def models(self) -> tuple[str, ...]:
        """The models to name; none when they are too many: then it looks at all there are."""
        return tuple(sorted(self.covers)) if len(self.covers) <= MOST_MODELS else ()


class Standing:
    """How far the watch has told everything, through which connection, and how long ago.

    A generation ends when the registry goes back or forgets; a connection ends when it breaks, not
    when it is extended to more models.
    """

    def __init__(self, silence: float) -> None:
        self.live: Plan | None = None
        self.position = NONE
        self.history = ""
        """The history of which that is; empty before anything is known."""
        self.generation = 0
        self.connection = 0
        self._silence = silence
        self._heard = NEVER
        self._spoke = NEVER

    def plan(self, models: frozenset[str]) -> Plan:
        """Return what to ask for when the watch is taken up."""
        return Plan(models, self.position + 1, self.generation, self.history)

    def begin(self, plan: Plan) -> None:
        """Take a connection into use, with its first message.

        Unless it only extends one, no answer of the time before is current: what happened meanwhile
        is still to come, and the registry may be another than it was.
        """
        if self.live is None:
            self.connection += 1
        self.live, self._heard = plan, NEVER

    def reach(self, revision: int, now: float, *, confirms: bool) -> None:
        """Note that everything up to here was told."""
        self.position = max(self.position, revision)
        self._spoke = now
        if confirms:
            self._heard = now

    def resume_at(self, revision: int) -> None:
        """Go on from here, as the server said when it ended the watch; never back."""
        if self.position != NONE:
            self.position = max(self.position, revision - 1)

    def interrupt(self) -> None:
        """Note that the watch broke."""
        self.live, self._heard = None, NEVER

    def begin_anew(self) -> None:
        """Forget how far it was."""
        self.interrupt()
        self.generation += 1
        self.position, self.history = NONE, ""

    def is_current(self, entry: Entry) -> bool:
        """Tell whether an answer reflects all that was told."""
        if entry.answer is None or entry.revision == NONE:
            return False
        return entry.revision >= entry.wanted and entry.connection >= self.connection

    def confirmed(self, entry: Entry) -> float:
        """Return when the registry last stood behind an answer."""
        heard = self._heard  # read first: a change just being noted must not count as confirmation
        if entry.covered and self.position >= entry.revision and self.is_current(entry):
            return max(entry.confirmed, heard)
        return entry.confirmed

    def age(self, entry: Entry, now: float) -> float:
        """Return the seconds since then."""
        return max(0.0, now - self.confirmed(entry))

    def is_stale(self, entry: Entry, now: float) -> bool:
        """Tell whether the registry does not stand behind an answer just now."""
        connected = self.live is not None and now - self._spoke <= self._silence
        return not (connected and entry.covered and self.is_current(entry))
