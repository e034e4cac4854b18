"""Signals and monitors on both databases: what is recorded, judged, refused and kept."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from registry_grpc.domain.errors import (
    EtagMismatch,
    GateRefused,
    InvalidRequest,
    LimitExceeded,
    MonitorFiring,
    MonitorNotFound,
    MonitorStateNotFound,
    SignalExists,
    VersionDeleted,
    VersionYanked,
)
from registry_grpc.domain.monitor import (
    BreachCondition,
    MonitorDraft,
    MonitorSeverity,
    SignalSelection,
)
from registry_grpc.domain.monitor_state import MonitorPhase, MonitorState
from registry_grpc.domain.names import ModelName, MonitorName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.monitors import NoFiringMonitor
from registry_grpc.domain.signal import Series, SignalDraft, SignalKind
from registry_grpc.domain.version import VersionState
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import Work, counted
from registry_grpc.services import judging, listing, monitor
from registry_grpc.services.listing import Listed
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.monitor import SignalQuery, StateQuery
from registry_grpc.services.renaming import Renames
from registry_grpc.services.signal import Recorded
from tests.support.governance import ROOT, Governed, governed
from tests.support.history import NOTHING_SEEN
from tests.support.services import START

T = TypeVar("T")
NIL = UUID(int=0)
HOUR = timedelta(hours=1)
NAME = MonitorName("default", "drift")
SELECTION = SignalSelection("fraud", SignalKind.DATA, "psi")
DRAFT = MonitorDraft(SELECTION, BreachCondition(0.2), MonitorSeverity.WARNING)
FIRING, PENDING, OK = MonitorPhase.FIRING, MonitorPhase.PENDING, MonitorPhase.OK
RECOVERING, NO_DATA = MonitorPhase.RECOVERING, MonitorPhase.NO_DATA


@dataclass
class Monitored:
    """A registry with the versions 1 and 2 of a model, the first one in production."""

    on: Governed

    def put(self, draft: MonitorDraft = DRAFT, name: MonitorName = NAME, etag: str = "") -> Any:  # noqa: ANN401 - of the use case
        """Store a monitor."""
        return self.on.monitors.put(self.on.call(ROOT), name, draft, etag, "", Violations()).result

    def record(
        self,
        *hours_and_results: tuple[int, float],
        at: str = "fraud/1",
        **more: Any,  # noqa: ANN401 - of SignalDraft
    ) -> Recorded:
        """Record a signal for each hour."""
        series = more.pop("series", Series("amount"))
        drafts = [
            SignalDraft(
                SignalKind.DATA,
                series,
                more.pop("method", "psi"),
                result,
                START + (hour - 1) * HOUR,
                START + hour * HOUR,
                **more,
            )
            for hour, result in hours_and_results
        ]
        wanted = [(Reference.parse(at), draft) for draft in drafts]
        done = self.on.signals.record(self.on.call(), wanted).result
        assert done is not None
        return done

    def states(self, **wanted: Any) -> list[MonitorState]:  # noqa: ANN401 - of StateQuery
        """Return the states."""
        query = Query("List", (), (str, str))
        asked = StateQuery("default", **wanted)
        page = Page(50, None)
        return list(self.on.monitor_states.list(query, page, asked, None, NOTHING_SEEN).items)

    def phase(self) -> MonitorPhase:
        """Return the phase of the only series."""
        (state,) = self.states()
        return state.phase

    def events(self) -> list[tuple[str, str, str]]:
        """Return the recorded changes of states: action, phase before and after."""
        with self.on.database.read() as tx:
            events = tx.log.events(0, 500)
        changes = [event.change for event in events]
        return [
            (change.action, _phase(change.before), _phase(change.after))
            for change in changes
            if change.action.startswith("monitor_state.")
        ]


def _phase(state: object) -> str:
    return state.phase.value if isinstance(state, MonitorState) else ""


@pytest.fixture
def registry(database_url: str) -> Iterator[Monitored]:
    """A registry with two versions."""
    with governed(database_url) as on:
        on.register()
        on.register()
        on.set_stage("fraud/1", "staging")
        on.set_stage("fraud/1", "production")
        on.clock.forward(timedelta(days=30))
        yield Monitored(on)


def test_a_series_fires_recovers_and_leaves_a_history(registry: Monitored) -> None:
    registry.put(replace(DRAFT, for_windows=2, clear_windows=2))

    calm = registry.record((1, 0.1))
    assert (calm.recorded, [state.phase for state in calm.changed]) == (1, [OK])
    assert not registry.record((2, 0.1)).changed
    assert registry.record((3, 0.3)).changed[0].phase is PENDING
    (firing,) = registry.record((4, 0.4)).changed
    registry.record((5, 0.1))
    registry.record((6, 0.5))
    registry.record((7, 0.1), (8, 0.1))

    assert (firing.phase, firing.epoch, firing.last) == (FIRING, 1, 0.4)
    assert len(firing.signals) == 2
    assert registry.events() == [
        ("monitor_state.begin", "", "ok"),
        ("monitor_state.change", "ok", "pending"),
        ("monitor_state.change", "pending", "firing"),
        ("monitor_state.change", "firing", "recovering"),
        ("monitor_state.change", "recovering", "firing"),
        ("monitor_state.change", "firing", "recovering"),
        ("monitor_state.change", "recovering", "ok"),
    ]
    page = Page(3, None)
    query = Query("History", (), (int, int))
    history = registry.on.monitor_states.history(query, page, firing.name, NOTHING_SEEN)
    assert [state.phase for _, state in history.items] == [OK, RECOVERING, FIRING]
    after = query.page(50, history.next_token)
    rest = registry.on.monitor_states.history(query, after, firing.name, NOTHING_SEEN)
    assert [state.phase for _, state in rest.items] == [RECOVERING, FIRING, PENDING, OK]


def test_windows_of_one_call_are_judged_in_their_order(registry: Monitored) -> None:
    registry.put(replace(DRAFT, for_windows=2))

    done = registry.record((3, 0.1), (1, 0.3), (2, 0.3))

    assert [state.phase for state in done.changed] == [OK]
    assert [after for _, _, after in registry.events()] == ["pending", "firing", "ok"]


def test_a_late_window_changes_nothing_unless_the_monitor_reopens(registry: Monitored) -> None:
    registry.put()
    registry.put(replace(DRAFT, reopen=True), MonitorName("default", "open"))

    registry.record((5, 0.1))
    late = registry.record((4, 0.9))

    assert late.recorded == 1
    assert [(state.name.monitor, state.phase) for state in registry.states()] == [
        ("drift", OK),
        ("open", FIRING),
    ]


def test_a_repeat_is_not_judged_again_and_other_numbers_are_refused(registry: Monitored) -> None:
    registry.put(replace(DRAFT, for_windows=2))
    registry.record((1, 0.3))

    again = registry.record((1, 0.3), (1, 0.3))

    assert (again.recorded, again.repeated, registry.phase()) == (0, 2, PENDING)
    with pytest.raises(SignalExists):
        registry.record((2, 0.3), (1, 0.4))
    assert registry.phase() is PENDING
    assert registry.record((1, 0.4), producer="another").recorded == 1


def test_a_window_that_several_record_at_once_is_judged_once(registry: Monitored) -> None:
    registry.put(replace(DRAFT, for_windows=2))

    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(registry.record, (1, 0.3), (2, 0.1)) for _ in range(4)]
        done = [call.result() for call in calls]

    assert sum(one.recorded for one in done) == 2
    assert [after for _, _, after in registry.events()] == ["pending", "ok"]


def test_each_subject_slice_target_and_version_is_a_series_of_its_own(registry: Monitored) -> None:
    registry.put()
    registry.put(
        replace(DRAFT, selection=replace(SELECTION, dimension="age", target="eu", subjects="am*")),
        MonitorName("default", "old"),
    )
    registry.record((1, 0.3))
    registry.record((1, 0.3), at="fraud/2")
    registry.record((1, 0.3), series=Series("amount", target="eu"))
    registry.record((1, 0.1), series=Series("income"))
    registry.record((1, 0.3), series=Series("amount", "age", "40+", target="eu"))
    registry.record((1, 0.3), series=Series("amount", "age", "40+", target="us"))
    registry.record((1, 0.3), series=Series("amount", "age", "18-39", target="eu"))

    found = sorted((one.name.monitor, one.version.number, one.series) for one in registry.states())

    assert len(found) == 6
    assert [series.value for name, _, series in found if name == "old"] == ["18-39", "40+"]
    assert len(registry.states(phases=frozenset({FIRING}))) == 5
    assert len(registry.states(monitor=NAME)) == 4
    assert not registry.states(severity=MonitorSeverity.CRITICAL)


def test_only_versions_with_a_name_are_judged(registry: Monitored) -> None:
    registry.on.set_alias("champion", "fraud/2")
    registry.put(replace(DRAFT, selection=replace(SELECTION, names=("production", "canary"))))
    registry.put(
        replace(DRAFT, selection=replace(SELECTION, names=("champion",))),
        MonitorName("default", "alias"),
    )
    registry.on.set_route("fraud@canary", ("a", "fraud/2", 10_000))

    registry.record((1, 0.3))
    registry.record((1, 0.3), at="fraud/2")

    found = [(state.name.monitor, state.version.number) for state in registry.states()]
    assert sorted(found) == [("alias", 2), ("drift", 1), ("drift", 2)]


def test_another_selection_begins_anew_and_another_condition_counts_anew(
    registry: Monitored,
) -> None:
    first = registry.put(replace(DRAFT, for_windows=3))
    registry.record((1, 0.3), (2, 0.3))

    registry.put(replace(DRAFT, for_windows=3, condition=BreachCondition(0.25)))
    registry.record((3, 0.3))
    counted = registry.states()[0]
    registry.put(replace(DRAFT, selection=replace(SELECTION, subjects="a*")))

    assert (counted.phase, counted.breaches, counted.number) == (PENDING, 1, 2)
    assert registry.states() == []
    again = registry.record((4, 0.3)).changed[0]
    assert (again.name, again.epoch) == (counted.name, 1)
    registry.put(DRAFT)
    assert registry.record((5, 0.3)).changed[0].epoch == 2, "another fire"
    with pytest.raises(EtagMismatch):
        registry.put(DRAFT, etag=f"{first.etag}x")


def test_a_deleted_monitor_judges_nothing_and_keeps_its_history(registry: Monitored) -> None:
    registry.put()
    (state,) = registry.record((1, 0.3)).changed
    registry.on.monitors.delete(registry.on.call(ROOT), NAME, "", "")

    assert not registry.record((2, 0.3)).changed
    with pytest.raises(MonitorStateNotFound):
        registry.on.monitor_states.get(state.name, NOTHING_SEEN)
    query = Query("History", (), (int, int))
    history = registry.on.monitor_states.history(query, Page(9, None), state.name, NOTHING_SEEN)
    assert [one.phase for _, one in history.items] == [FIRING]
    with pytest.raises(MonitorNotFound):
        registry.on.monitors.get(NAME, 0, NOTHING_SEEN)
    assert registry.on.monitors.get(NAME, 2, NOTHING_SEEN).deleted
    assert registry.put().number == 3
    (again,) = registry.record((3, 0.3)).changed
    assert (again.name, again.epoch) == (state.name, 2), "a new fire, which hooks have not seen"


def test_the_history_of_a_state_is_found_below_its_own_monitor_only(registry: Monitored) -> None:
    registry.put()
    (state,) = registry.record((1, 0.3)).changed
    query = Query("History", (), (int, int))

    for other in (MonitorName("default", "other"), MonitorName("elsewhere", "drift")):
        name = other.state(state.name.uuid)
        with pytest.raises(MonitorStateNotFound):
            registry.on.monitor_states.history(query, Page(9, None), name, NOTHING_SEEN)


def test_a_series_without_data_is_found_once_and_comes_back(registry: Monitored) -> None:
    registry.put(replace(DRAFT, no_data_after=2 * HOUR))
    registry.record((1, 0.3))
    sweep = registry.on.missing_data.sweep

    assert sweep() == 0
    registry.on.clock.forward(3 * HOUR)
    assert (sweep(), sweep(), registry.phase()) == (1, 0, NO_DATA)
    registry.record((2, 0.3))

    (state,) = registry.states()
    assert (state.phase, state.epoch) == (FIRING, 1)
    registry.on.clock.forward(3 * HOUR)
    registry.put(replace(DRAFT, no_data_after=5 * HOUR))
    assert sweep() == 0


def test_a_series_of_a_version_that_left_its_stage_ends(registry: Monitored) -> None:
    draft = replace(DRAFT, selection=replace(SELECTION, names=("production",)), no_data_after=HOUR)
    registry.put(draft)
    registry.record((1, 0.3))
    registry.on.set_stage("fraud/1", "archived")
    registry.on.clock.forward(2 * HOUR)

    assert registry.on.missing_data.sweep() == 1
    assert registry.states() == []
    assert registry.events()[-1] == ("monitor_state.end", "firing", "")


@pytest.mark.parametrize("no_data_after", [None, HOUR])
def test_a_series_of_a_deleted_version_ends_within_a_day_in_every_phase(
    registry: Monitored, no_data_after: timedelta | None
) -> None:
    registry.put(replace(DRAFT, no_data_after=no_data_after))
    registry.record((1, 0.3))
    registry.record((1, 0.3), at="fraud/2")
    forward, sweep = registry.on.clock.forward, registry.on.missing_data.sweep
    forward(2 * HOUR)
    assert sweep() == (2 if no_data_after else 0)

    reference = Reference.parse("fraud/2")
    registry.on.versions.delete(registry.on.call(ROOT), reference, "", "", force=False)
    forward(25 * HOUR)

    assert (sweep(), sweep()) == (1, 0)
    (left,) = registry.states()
    assert (left.version.number, left.fires) == (1, True)


def test_a_policy_refuses_versions_that_a_monitor_fires_on(registry: Monitored) -> None:
    registry.put()
    rule = NoFiringMonitor(MonitorSeverity.WARNING, routes="check*")
    rules = (Rule("quiet", no_firing_monitor=rule),)
    registry.on.put("no-drift", PolicyDraft("production", "fraud", rules=rules))
    registry.on.set_stage("fraud/2", "staging")
    route = ("a", "fraud/1", 9_000), ("b", "fraud/2", 1_000)
    registry.on.set_route("fraud@checkout", *route)
    registry.record((1, 0.3), at="fraud/2")

    with pytest.raises(GateRefused, match="the monitor drift fires for amount"):
        registry.on.request(("fraud/2", "production"))
    with pytest.raises(MonitorFiring):
        registry.on.set_route("fraud@checkout", ("a", "fraud/1", 8_000), ("b", "fraud/2", 2_000))
    registry.on.set_route("fraud@checkout", ("a", "fraud/1", 9_500), ("b", "fraud/2", 500))
    registry.on.set_route("fraud@other", ("b", "fraud/2", 10_000))
    registry.record((2, 0.1), at="fraud/2")
    registry.on.request(("fraud/2", "production"))
    registry.on.set_route("fraud@checkout", *route)


def test_states_and_signals_have_the_present_name_of_their_model(registry: Monitored) -> None:
    registry.put()
    registry.record((1, 0.3))
    renamed = ModelName("default", "abuse")
    mutations = Mutations(registry.on.database, registry.on.clock)
    Renames(mutations).rename(registry.on.call(ROOT), ModelName("default", "fraud"), "abuse", "")

    (state,) = registry.states()
    query = Query("List", (), (int, int, str))
    signals = registry.on.signals.list(
        query, Page(5, None), Reference.parse("abuse/1"), SignalQuery(), NOTHING_SEEN
    )

    assert state.version == renamed.version(1)
    assert [signal.name for signal in signals.items] == list(state.signals)


def test_signals_are_listed_latest_window_first_by_pages(registry: Monitored) -> None:
    registry.record(*((hour, hour / 100) for hour in range(1, 8)))
    query, wanted = Query("List", (), (int, int, str)), SignalQuery(start=START + 2 * HOUR)
    parent, shown, token = Reference.parse("fraud@production"), list[float](), ""

    while True:
        found = registry.on.signals.list(query, query.page(2, token), parent, wanted, NOTHING_SEEN)
        shown += [signal.draft.statistic for signal in found.items]
        token = found.next_token
        if not token:
            break

    assert shown == [0.07, 0.06, 0.05, 0.04, 0.03]


def test_a_list_whose_filter_little_passes_ends_its_pages_by_work(
    registry: Monitored, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.put()
    registry.record(*((hour, 0.3) for hour in range(1, 20)))
    registry.record(*((hour, 0.3) for hour in range(1, 20)), series=Series("rare"))
    registry.record((5, 0.1), series=Series("calm"))
    monkeypatch.setattr(listing, "_MOST_SHARE", -1.0)
    monkeypatch.setattr(listing, "_FIRST_LOOKED_AT", 1)
    monkeypatch.setattr(listing, "_QUICK_SHARE", -1.0)
    signals, wanted = Query("List", (), (int, int, str)), SignalQuery(subject="rare")
    states = Query("States", (), (str, str))
    firing = StateQuery("default", phases=frozenset({FIRING}))

    rare, pages = _all(
        lambda token: registry.on.signals.list(
            signals, signals.page(50, token), Reference.parse("fraud/1"), wanted, NOTHING_SEEN
        )
    )
    fire, _ = _all(
        lambda token: registry.on.monitor_states.list(
            states, states.page(50, token), firing, None, NOTHING_SEEN
        )
    )

    ends = [signal.draft.window_end for signal in rare]
    assert pages > 19
    assert ends == [START + hour * HOUR for hour in range(19, 0, -1)]
    assert sorted(state.series.subject for state in fire) == ["amount", "rare"]


def test_costly_patterns_of_subjects_are_work_of_the_call(registry: Monitored) -> None:
    # Tried at every character: 0.1 ms for each signal and monitor, while others wait for the lock.
    costly = "*" + "[ab]" * 63 + "c"
    for pattern, is_refused in ((costly, True), ("b*", False)):
        registry.put(replace(DRAFT, selection=replace(SELECTION, subjects=pattern)))
        refused = pytest.raises(LimitExceeded, match="work")
        refusal: AbstractContextManager[Any] = refused if is_refused else nullcontext()
        with refusal, counted(Work(1_500)):
            registry.record(*((hour, 0.3) for hour in range(1, 21)), series=Series("a" * 256))


def test_a_forged_token_ends_a_list_without_an_error(registry: Monitored) -> None:
    registry.record((1, 0.3))
    query = Query("List", (), (int, int, str))
    with registry.on.database.read() as tx:
        history = tx.head.history

    def count(time: int) -> int:
        page = query.page(5, query.token((1, time, str(NIL)), history))
        parent = Reference.parse("fraud/1")
        return len(registry.on.signals.list(query, page, parent, SignalQuery(), NOTHING_SEEN).items)

    assert (count(2**63 - 1), count(1 - 2**63)) == (1, 0)


def _all(read: Callable[[str], Listed[T]]) -> tuple[list[T], int]:
    """Return the items of all pages, and the number of pages."""
    items, token, pages = list[T](), "", 0
    while pages == 0 or token:
        found = read(token)
        items, token, pages = [*items, *found.items], found.next_token, pages + 1
    return items, pages


def test_what_cannot_be_recorded_changes_nothing(
    registry: Monitored, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.put()
    registry.on.live("fraud/2", VersionState.YANKED)
    registry.on.set_alias("old", "fraud/1")
    registry.on.live("fraud/1", VersionState.YANKED)
    before = registry.on.history, len(registry.events())

    with pytest.raises(InvalidRequest, match="finite"):
        registry.record((1, 0.3), (2, float("inf")))
    with pytest.raises(InvalidRequest, match="future"):
        registry.record((24 * 32, 0.3))
    with pytest.raises(VersionYanked):
        registry.record((1, 0.3), at="fraud@old")
    assert registry.record((1, 0.1), at="fraud/2").recorded == 1
    registry.on.live("fraud/2", VersionState.ACTIVE)
    registry.on.versions.delete(
        registry.on.call(ROOT), Reference.parse("fraud/2"), "", "", force=False
    )
    with pytest.raises(VersionDeleted):
        registry.record((3, 0.1), at="fraud/2")
    monkeypatch.setattr(judging, "MOST_STATES", 1)
    with pytest.raises(LimitExceeded, match="series"):
        registry.record((1, 0.3))
    monkeypatch.setattr(monitor, "MOST_MONITORS", 1)
    with pytest.raises(LimitExceeded, match="monitors"):
        registry.put(DRAFT, MonitorName("default", "second"))

    assert (registry.on.history, len(registry.events())) == (before[0], before[1] + 1)
