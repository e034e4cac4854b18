"""The answers for all references of a client, and the rules that keep them current."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from modelregistry._watching.resolution import (
    NO_REVISION,
    Answer,
    Resolution,
    differ,
    resolves_to_none,
)
from modelregistry._watching.retry import TRANSIENT
from modelregistry._watching.watch_position import WatchPlan, WatchPosition
from modelregistry.errors import RegistryError
from modelregistry.names import FOLLOWED_ROUTE

MAX_REFS: Final = 1_000
"""One lookup resolves at most this many references."""


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """References to resolve again in one call."""

    resolutions: Sequence[Resolution]
    min_revision: int
    generation: int
    connection: int
    sent: float
    """When the call is made."""
    history: str = ""
    """The history that `min_revision` belongs to."""


def split(lookup: Lookup) -> tuple[Lookup | None, Lookup | None]:
    """Return the lookup of routes that are followed as a whole, and that of references."""
    routes = [each for each in lookup.resolutions if each.ref.startswith(FOLLOWED_ROUTE)]
    others = [each for each in lookup.resolutions if not each.ref.startswith(FOLLOWED_ROUTE)]
    return (
        replace(lookup, resolutions=routes) if routes else None,
        replace(lookup, resolutions=others) if others else None,
    )


class ResolutionTable:
    """The answers for all references of a client, and the rules that keep them current.

    A watch reports which models changed, and up to which revision its report is complete. The table
    asks for a new answer when an answer reflects less than the last change of its model, and once
    for every answer after the watch was interrupted. An answer never returns to an earlier
    revision, unless the registry did (`reset`).

    The table has no clock and no connection: the caller passes moments, as seconds that only
    increase, and makes one call at a time. Other threads may read `position` and the resolutions
    meanwhile.
    """

    def __init__(self, silence: float) -> None:
        """silence: seconds without a message after which a watch connection counts as lost."""
        self.position = WatchPosition(silence)
        self.models: frozenset[str] = frozenset()
        """The models to watch: those of references that the registry has understood."""
        self._resolutions: dict[str, Resolution] = {}
        self._pending: dict[str, Resolution] = {}

    @property
    def resolutions(self) -> list[Resolution]:
        """The resolutions of all references."""
        return list(self._resolutions.values())

    def subscribe(self, ref: str, model: str) -> Resolution:
        """Return the resolution of a reference, with one more subscriber."""
        resolution = self._resolutions.get(ref)
        if resolution is None:
            resolution = Resolution(ref, model, required_revision=self.position.revision)
            plan = self.position.active_plan
            resolution.watched = plan is not None and model in plan.models
            self._resolutions[ref] = self._pending[ref] = resolution
        resolution.subscribers += 1
        return resolution

    def restore(self, resolution: Resolution, answer: Answer, confirmed: float) -> None:
        """Take the answer of an earlier run, unless there is an answer already."""
        if resolution.answer is None:
            resolution.answer, resolution.confirmed = answer, confirmed
            self._update_models()

    def unsubscribe(self, resolution: Resolution) -> None:
        """Remove one subscriber; the table drops a resolution that has none left."""
        resolution.subscribers -= 1
        if not resolution.subscribers:
            self._resolutions.pop(resolution.ref, None)
            self._pending.pop(resolution.ref, None)
            self._update_models()

    def _update_models(self) -> None:
        answered = (each for each in self._resolutions.values() if each.answer is not None)
        self.models = frozenset(model for each in answered for model in each.models)

    def is_outdated(self, plan: WatchPlan) -> bool:
        """Return whether a new plan would report more models, or is of another generation."""
        return plan.generation != self.position.generation or not self.models <= plan.models

    def apply_message(
        self, plan: WatchPlan, revision: int, models: Iterable[str], now: float, history: str = ""
    ) -> None:
        """Apply a message of the watch: it is complete up to `revision`, and these models changed.

        The first message of a connection only states where it starts and confirms nothing.
        history: the history that the revision belongs to; another one than before resets the table.
        """
        if plan.generation != self.position.generation or not self._check_history(history):
            return
        first = plan is not self.position.active_plan
        if first:
            self._connect(plan, revision)
        changed = frozenset(models)
        for resolution in self._resolutions.values() if changed else ():
            if not changed.isdisjoint(resolution.models) and resolution.revision < revision:
                self._require(resolution, revision)
        self.position.advance(revision, now, confirms=not first)

    def _check_history(self, history: str) -> bool:
        """Return whether a reply is of the known history; reset the table when it is not."""
        known = self.position.history
        if history and known and history != known:
            self.reset()
            return False
        self.position.history = history or known
        return True

    def _connect(self, plan: WatchPlan, revision: int) -> None:
        self._record_confirmed()
        self.position.connect(plan)
        self._pending.update(self._resolutions)
        for resolution in self._resolutions.values():
            if resolution.models <= plan.models and not resolution.watched:
                resolution.watched = True
                self._require(resolution, revision)

    def _require(self, resolution: Resolution, revision: int) -> None:
        resolution.confirmed = self.position.confirmed(resolution)
        resolution.required_revision = max(resolution.required_revision, revision)
        self._pending[resolution.ref] = resolution

    def disconnect(self) -> None:
        """Record that the watch broke: nothing confirms the answers any more."""
        self._record_confirmed()
        self.position.disconnect()

    def _record_confirmed(self) -> None:
        for resolution in self._resolutions.values():
            resolution.confirmed = self.position.confirmed(resolution)

    def reset(self) -> None:
        """Forget all revisions: the registry dropped its history or returned to an earlier state.

        The answers stay until there are new ones.
        """
        self.disconnect()
        self.position.reset()
        for resolution in self._resolutions.values():
            resolution.revision = resolution.required_revision = NO_REVISION
            resolution.watched = False
        self._pending.update(self._resolutions)

    @property
    def has_pending(self) -> bool:
        """Whether there may be references to look up."""
        return bool(self._pending)

    def next_lookup(self, now: float) -> Lookup | None:
        """Return the references to look up in one call; None when all answers are current."""
        self._pending = {ref: each for ref, each in self._pending.items() if self._needs(each)}
        pending = list(self._pending.values())[:MAX_REFS]
        if not pending:
            return None
        least = max(max(each.required_revision, each.revision) for each in pending)
        return Lookup(
            pending,
            max(0, least),
            self.position.generation,
            self.position.connection,
            now,
            self.position.history,
        )

    def _needs(self, resolution: Resolution) -> bool:
        return resolution.refusal is None and not self.position.is_current(resolution)

    def apply_answers(
        self,
        lookup: Lookup,
        answers: Sequence[Answer],
        revision: int,
        history: str = "",
        targets: Sequence[str] = (),
    ) -> list[Resolution]:
        """Apply the answers to a lookup, which reflect `revision`.

        targets: for each answer the model that a former name led to, or empty. Returns the
        resolutions whose version or route changed. A transient error in place of an answer leaves
        the previous answer.
        """
        if lookup.generation != self.position.generation or not self._check_history(history):
            return []
        changed = []
        leads = targets or [""] * len(answers)
        for resolution, answer, target in zip(lookup.resolutions, answers, leads, strict=True):
            if isinstance(answer, TRANSIENT):
                continue
            if resolution.answer is None and (refusal := _refusal(answer)):
                resolution.refusal = refusal
                continue
            before, resolution.answer = resolution.found, answer
            resolution.revision, resolution.confirmed = revision, lookup.sent
            resolution.connection = lookup.connection
            self._follow(resolution, target)
            if differ(before, resolution.found):
                changed.append(resolution)
        self._update_models()
        return changed

    def _follow(self, resolution: Resolution, target: str) -> None:
        """Watch another model for this reference; once it is, the answer is read again."""
        if target == resolution.target:
            return
        resolution.target = target
        plan = self.position.active_plan
        resolution.watched = plan is not None and resolution.models <= plan.models
        if resolution.watched:
            self._require(resolution, self.position.revision)

    def apply_refusal(self, lookup: Lookup, error: RegistryError) -> None:
        """Record that the registry rejected a lookup, for references without an answer."""
        for resolution in lookup.resolutions:
            if resolution.answer is None:
                resolution.refusal = error


def _refusal(answer: Answer) -> RegistryError | None:
    if isinstance(answer, RegistryError) and not resolves_to_none(answer):
        return answer
    return None
