"""What is known of many references, and how it stays right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from modelregistry._watching.entry import NONE, Answer, Entry, differ, names_nothing
from modelregistry._watching.retrying import TRANSIENT
from modelregistry._watching.standing import Plan, Standing
from modelregistry.errors import RegistryError
from modelregistry.types import Version

MOST_REFS: Final = 1_000
"""So many may one lookup have."""


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """References to ask for again."""

    entries: Sequence[Entry]
    min_revision: int
    generation: int
    connection: int
    asked: float
    history: str = ""
    """Of which `min_revision` is."""


class Book:
    """The answers to all references of a client, and the rules by which they stay right.

    A watch tells which models changed, and up to which revision it has told everything. An answer
    that reflects less than the last change of its model is asked for again, and so is every answer
    once after the watch was interrupted. An answer never goes back to an earlier revision, unless
    the registry did (`begin_anew`).

    No clock and no connection: moments are seconds that only go forward, given by the caller, who
    also sees to it that one call is made at a time. `standing` and the entries may be read
    meanwhile.
    """

    def __init__(self, silence: float) -> None:
        self.standing = Standing(silence)
        self.models: frozenset[str] = frozenset()
        """The models to watch: of references that the registry has understood."""
        self._entries: dict[str, Entry] = {}
        self._due: dict[str, Entry] = {}

    @property
    def entries(self) -> list[Entry]:
        """All of them."""
        return list(self._entries.values())

    def join(self, ref: str, model: str) -> Entry:
        """Return the entry of a reference, with one user more."""
        entry = self._entries.get(ref)
        if entry is None:
            live = self.standing.live
            entry = self._entries[ref] = Entry(ref, model, wanted=self.standing.position)
            entry.covered = live is not None and model in live.covers
            self._due[ref] = entry
        entry.users += 1
        return entry

    def recall(self, entry: Entry, answer: Answer, confirmed: float) -> None:
        """Take an answer that was remembered, unless there is one already."""
        if entry.answer is None:
            entry.answer, entry.confirmed = answer, confirmed
            self._count_models()

    def leave(self, entry: Entry) -> None:
        """Have one user less; an entry without users is forgotten."""
        entry.users -= 1
        if not entry.users:
            self._entries.pop(entry.ref, None)
            self._due.pop(entry.ref, None)
            self._count_models()

    def _count_models(self) -> None:
        known = (entry for entry in self._entries.values() if entry.answer is not None)
        self.models = frozenset(entry.model for entry in known)

    def is_outgrown(self, plan: Plan) -> bool:
        """Tell whether another plan would tell more, or this one tells of what is forgotten."""
        return plan.generation != self.standing.generation or not self.models <= plan.covers

    def hear(
        self, plan: Plan, revision: int, models: Iterable[str], now: float, history: str = ""
    ) -> None:
        """Take a message: everything up to `revision` was told, and these models changed in it.

        The first message of a connection only says where it begins: it confirms nothing. history:
        of which the revision is; with another one than before everything begins again.
        """
        if plan.generation != self.standing.generation or not self._is_of(history):
            return
        begins = plan is not self.standing.live
        if begins:
            self._begin(plan, revision)
        changed = frozenset(models)
        for entry in self._entries.values() if changed else ():
            if entry.model in changed and entry.revision < revision:
                self._want(entry, revision)
        self.standing.reach(revision, now, confirms=not begins)

    def _is_of(self, history: str) -> bool:
        """Tell whether a reply is of the history that is known; begin again when it is not."""
        known = self.standing.history
        if history and known and history != known:
            self.begin_anew()
            return False
        self.standing.history = history or known
        return True

    def _begin(self, plan: Plan, revision: int) -> None:
        self._hold()
        self.standing.begin(plan)
        self._due.update(self._entries)
        for entry in self._entries.values():
            if entry.model in plan.covers and not entry.covered:
                entry.covered = True
                self._want(entry, revision)

    def _want(self, entry: Entry, revision: int) -> None:
        entry.confirmed = self.standing.confirmed(entry)
        entry.wanted = max(entry.wanted, revision)
        self._due[entry.ref] = entry

    def interrupt(self) -> None:
        """Note that the watch broke: nothing is confirmed any more."""
        self._hold()
        self.standing.interrupt()

    def _hold(self) -> None:
        for entry in self._entries.values():
            entry.confirmed = self.standing.confirmed(entry)

    def begin_anew(self) -> None:
        """Forget the revisions: the registry does not keep them any more, or was set back.

        The answers stay until there are others.
        """
        self.interrupt()
        self.standing.begin_anew()
        for entry in self._entries.values():
            entry.revision, entry.wanted, entry.covered = NONE, NONE, False
        self._due.update(self._entries)

    @property
    def is_due(self) -> bool:
        """Whether there may be something to ask."""
        return bool(self._due)

    def lookup(self, now: float) -> Lookup | None:
        """Return what to ask for, everything at once; None when all is as it should be."""
        self._due = {ref: entry for ref, entry in self._due.items() if self._lacks(entry)}
        entries = list(self._due.values())[:MOST_REFS]
        if not entries:
            return None
        least = max(max(entry.wanted, entry.revision) for entry in entries)
        return Lookup(
            entries,
            max(0, least),
            self.standing.generation,
            self.standing.connection,
            now,
            self.standing.history,
        )

    def _lacks(self, entry: Entry) -> bool:
        return entry.refused is None and not self.standing.is_current(entry)

    def answer(
        self, lookup: Lookup, answers: Iterable[Answer], revision: int, history: str = ""
    ) -> list[Entry]:
        """Take the answers, which reflect `revision`; return the entries that name another version.

        An answer that is none, because the registry cannot tell just now, leaves what is known.
        """
        if lookup.generation != self.standing.generation or not self._is_of(history):
            return []
        changed = []
        for entry, answer in zip(lookup.entries, answers, strict=True):
            if isinstance(answer, TRANSIENT):
                continue
            if entry.answer is None and (refusal := _refusal(answer)):
                entry.refused = refusal
                continue
            before, entry.answer = entry.version, answer
            entry.revision, entry.confirmed = revision, lookup.asked
            entry.connection = lookup.connection
            if differ(before, entry.version):
                changed.append(entry)
        self._count_models()
        return changed

    def refuse(self, lookup: Lookup, error: RegistryError) -> None:
        """Note that the registry refuses a lookup: whoever has no answer yet learns why."""
        for entry in lookup.entries:
            if entry.answer is None:
                entry.refused = error


def _refusal(answer: Answer) -> RegistryError | None:
    return None if isinstance(answer, Version) or names_nothing(answer) else answer
