"""A model of governance that is compared with a registry, and predicts the events in its log."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta

from registry_grpc.domain.names import AliasName, PolicyName, StageGraphName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.version import VersionState
from tests.support.account.judgement import Judgement
from tests.support.account.places import Chart, Kept, Places
from tests.support.account.requests import Requests
from tests.support.account.witness import NEW

TICK = timedelta(microseconds=1)
_VERBS = {
    VersionState.ACTIVE: "restore",
    VersionState.DEPRECATED: "deprecate",
    VersionState.YANKED: "yank",
    VersionState.REVOKED: "revoke",
    VersionState.DELETED: "delete",
}


class Account:
    """Everything that is known without the registry. past: how it was, by the moment of that."""

    def __init__(self, chart: Chart, now: datetime) -> None:
        self.places = Places(chart, now)
        self.judgement = Judgement(self.places)
        self.requests = Requests(self.places, self.judgement)
        self.past: list[tuple[datetime, Places]] = []
        self._before = self.places.copy()
        self._last = now
        self._noted: list[tuple[str, str]] = []
        self._recorded: list[tuple[str, str]] = []

    def begin(self, clock: datetime) -> None:
        """Let a transaction begin at this time, or behind the last one."""
        self.places.now = max(clock, self._last + TICK)

    def note(self, action: str, name: str = NEW) -> None:
        """Say that there must be this event, too."""
        self._noted.append((action, name))

    def put_policy(self, name: str, draft: PolicyDraft | None) -> None:
        """Let a policy say this, or nothing any more."""
        if self.judgement.put(name, draft):
            action = "policy.delete" if draft is None else "policy.put"
            self.note(action, str(PolicyName("default", name)))

    def commit(self) -> None:
        """End a transaction."""
        self.requests.overtake()
        events = [*_changes(self._before, self.places), *self._noted]
        changes = self.requests.changes
        events += [(f"transition.{verb}", str(one.name or NEW)) for verb, one in changes]
        self._noted.clear()
        changes.clear()
        if events:
            self._last = self.places.now
        self._recorded += events
        self._before = self.places.copy()
        self.past.append((self.places.now, self._before))

    def new_events(self) -> list[tuple[str, str]]:
        """Return action and name of each event that there must be since the last call."""
        events, self._recorded = self._recorded, []
        return events

    def then(self, moment: datetime) -> Places:
        """Return how it was at a moment that is not before the first."""
        return self.past[bisect_right(self.past, moment, key=lambda one: one[0]) - 1][1]


def _changes(before: Places, after: Places) -> Iterator[tuple[str, str]]:
    for who, kept in after.kept.items():
        verbs = _verbs(before.kept.get(who), kept)
        yield from ((verb, str(kept.version.name)) for verb in verbs)
    for seat in {*before.aliases, *after.aliases}:
        if before.aliases.get(seat) != after.aliases.get(seat):
            action = "alias.set" if seat in after.aliases else "alias.delete"
            yield action, str(AliasName("default", *seat))
    if before.chart != after.chart:
        yield "stage_graph.set", str(StageGraphName("default"))


def _verbs(before: Kept | None, after: Kept) -> Iterator[str]:
    if before is None:
        yield "version.register"
        return
    if before.stage != after.stage:
        yield "version.stage"
    if before.state is not after.state:
        yield f"version.{_VERBS[after.state]}"
    if before.records != after.records:
        yield "evaluation.submit"
