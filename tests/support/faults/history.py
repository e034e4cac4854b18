"""The target of each reference at each revision, computed from the log alone."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from registry_grpc.domain.alias import Alias
from registry_grpc.domain.change import Event
from registry_grpc.domain.version import Version, VersionState

Number = int | None


@dataclass
class _Moves:
    """The values that something had, and from which revision on."""

    revisions: list[int] = field(default_factory=list)
    values: list[Number] = field(default_factory=list)

    def add(self, revision: int, value: Number) -> None:
        self.revisions.append(revision)
        self.values.append(value)

    def at(self, revision: int) -> Number:
        place = bisect_right(self.revisions, revision)
        return self.values[place - 1] if place else None


class History:
    """Answers for any revision. References are `fraud@champion`, `fraud@latest` and the like."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._moves: dict[str, _Moves] = defaultdict(_Moves)
        self._changes: dict[str, list[int]] = defaultdict(list)
        self._live: dict[str, set[int]] = defaultdict(set)
        for event in events:
            if "/aliases/" in event.change.name:
                self._alias(event)
            elif isinstance(event.change.after, Version):
                self._version(event, event.change.after)

    def at(self, reference: str, revision: int) -> Number:
        """Return the number of the version that it named, None when none."""
        return self._moves[reference].at(revision)

    def ever(self, reference: str, first: int, last: int) -> set[Number]:
        """Return all that it named from revision `first` to `last`."""
        moves = self._moves[reference]
        between = bisect_right(moves.revisions, first), bisect_right(moves.revisions, last)
        return {moves.at(first), *moves.values[slice(*between)]}

    def last_change(self, version: str, revision: int) -> int:
        """Return the revision of the last change of a version up to a revision, 0 without any."""
        changes = self._changes[version]
        place = bisect_right(changes, revision)
        return changes[place - 1] if place else 0

    def _alias(self, event: Event) -> None:
        _, _, _, model, _, alias = event.change.name.split("/")
        after = event.change.after
        number = after.version.number if isinstance(after, Alias) else None
        self._moves[f"{model}@{alias}"].add(event.revision, number)

    def _version(self, event: Event, version: Version) -> None:
        model, number, live = version.name.model, version.name.number, self._live
        self._changes[str(version.name)].append(event.revision)
        if version.state is VersionState.DELETED:
            live[model].discard(number)
        else:
            live[model].add(number)
        self._moves[f"{model}@latest"].add(event.revision, max(live[model], default=None))
        stage = self._moves[f"{model}@production"]
        if version.stage == "production":
            stage.add(event.revision, number)
        elif stage.at(event.revision) == number:
            stage.add(event.revision, None)
