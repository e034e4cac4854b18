"""States of monitors against a naive second implementation, which looks at the whole history."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry_grpc.domain.monitor import (
    BreachCondition,
    BreachDirection,
    Monitor,
    MonitorDraft,
    MonitorSeverity,
    SignalField,
    SignalSelection,
    monitor_digest,
)
from registry_grpc.domain.monitor_state import (
    MOST_CAUSES,
    MonitorPhase,
    MonitorState,
    Window,
    judged,
    state_id,
    without_data,
)
from registry_grpc.domain.names import MonitorName, SignalName, VersionName
from registry_grpc.domain.signal import Series, SignalDraft, SignalKind
from registry_grpc.domain.violations import Violations

START = datetime(2026, 5, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME, VERSION = MonitorName("default", "drift"), VersionName("default", "fraud", 7)
SERIES = Series("amount")
SELECTION = SignalSelection("fraud", SignalKind.DATA, "psi")
DRAFT = MonitorDraft(SELECTION, BreachCondition(0.2), MonitorSeverity.WARNING)


@dataclass(frozen=True)
class Step:
    """One thing that happens: a window, a sweep for missing data, or an edit of the monitor."""

    kind: str
    end: int = 0
    breach: bool = False
    passed: int = 0
    windows: tuple[int, int] = (1, 1)


def monitor(draft: MonitorDraft, number: int = 1) -> Monitor:
    """Return a revision of the monitor."""
    return Monitor(NAME, number, draft, monitor_digest(draft), "ann", START, number)


def signal(index: int) -> SignalName:
    """Return the name of the signal of a step."""
    return VERSION.signal(UUID(int=index + 1))


@dataclass
class Naive:
    """The phase and the epoch of a series, found by looking back at all that happened."""

    draft: MonitorDraft
    phase: MonitorPhase = MonitorPhase.OK
    epoch: int = 0
    hours: int = 0
    judged_at: int | None = None
    rested: int | None = None
    generation: int = 0
    ends: list[int] = field(default_factory=list)
    breaches: list[tuple[int, bool]] = field(default_factory=list)
    """Of each judged window: what it counts together with, and whether it is a breach."""
    firing_since: int | None = None

    def see(self, step: Step) -> tuple[MonitorPhase, int]:
        """Return both after a step."""
        self.hours += step.passed
        if step.kind == "edit":
            self.generation += 1
            wanted, clear = step.windows
            self.draft = replace(self.draft, for_windows=wanted, clear_windows=clear)
        elif step.kind == "sweep":
            self.sweep()
        elif self.draft.reopen or all(step.end > end for end in self.ends):
            self.judge(step)
        return self.phase, self.epoch

    def sweep(self) -> None:
        """Find out that data is missing."""
        after = self.draft.no_data_after
        if after is None or self.judged_at is None:
            return
        if self.hours - self.judged_at >= after // HOUR:
            self.phase = MonitorPhase.NO_DATA
            self.generation += 1  # what was counted before does not count any more

    def judge(self, step: Step) -> None:
        """Judge a window."""
        self.judged_at = self.hours
        self.ends.append(step.end)
        self.breaches.append((self.generation, step.breach))
        if self.firing_since is None:
            self.quiet(step)
        elif step.breach:
            self.phase = MonitorPhase.FIRING
        elif self.run(step, self.firing_since) < self.draft.clear_windows:
            self.phase = MonitorPhase.RECOVERING
        else:
            self.phase, self.firing_since, self.rested = MonitorPhase.OK, None, step.end

    def quiet(self, step: Step) -> None:
        """Judge a window of a series that does not fire."""
        rest = self.draft.cooldown // HOUR
        rests = self.rested is not None and step.end < self.rested + rest
        if not step.breach:
            self.phase = MonitorPhase.OK
        elif rests or self.run(step) < self.draft.for_windows:
            self.phase = MonitorPhase.PENDING
        else:
            self.phase, self.epoch = MonitorPhase.FIRING, self.epoch + 1
            self.firing_since = len(self.breaches)

    def run(self, step: Step, since: int = 0) -> int:
        """Return how many windows like this one were the last ones."""
        same = [hit for of, hit in self.breaches[since:] if of == self.generation]
        return len(list(takewhile(lambda hit: hit is step.breach, reversed(same))))


def played(draft: MonitorDraft, steps: Sequence[Step]) -> list[tuple[MonitorPhase, int]]:
    """Return the same by the rule of the registry."""
    state: MonitorState | None = None
    name = NAME.state(state_id(NAME, UUID(int=1), SERIES))
    now, number, answers = START, 1, []
    for index, step in enumerate(steps):
        now += step.passed * HOUR
        if step.kind == "edit":
            wanted, clear = step.windows
            draft, number = replace(draft, for_windows=wanted, clear_windows=clear), number + 1
        elif step.kind == "sweep":
            if state is not None:
                state = without_data(monitor(draft, number), state, now, index)
        else:
            end = START + step.end * HOUR
            window = Window(signal(index), end, float(step.breach), step.breach, now, index)
            state = judged(monitor(draft, number), name, state, SERIES, window)
            assert len(state.signals) <= MOST_CAUSES
            assert state.fires or state.phase not in {MonitorPhase.FIRING, MonitorPhase.RECOVERING}
        answers.append((MonitorPhase.OK, 0) if state is None else (state.phase, state.epoch))
    return answers


COUNTS = st.integers(1, 4)
STEPS = st.one_of(
    st.builds(Step, st.just("window"), st.integers(0, 30), st.booleans(), st.integers(0, 3)),
    st.builds(Step, st.just("sweep"), passed=st.integers(0, 6)),
    st.builds(Step, st.just("edit"), windows=st.tuples(COUNTS, COUNTS)),
)
DRAFTS = st.builds(
    lambda wanted, clear, rest, missing, reopen: replace(
        DRAFT,
        for_windows=wanted,
        clear_windows=clear,
        cooldown=rest * HOUR,
        no_data_after=missing and missing * HOUR,
        reopen=reopen,
    ),
    COUNTS,
    COUNTS,
    st.integers(0, 6),
    st.none() | st.integers(1, 5),
    st.booleans(),
)


@given(DRAFTS, st.lists(STEPS, max_size=30))
@example(
    replace(DRAFT, for_windows=2), [Step("window", 1, breach=True), Step("window", 2, breach=True)]
)
def test_a_state_follows_from_the_history_of_its_series(
    draft: MonitorDraft, steps: list[Step]
) -> None:
    by_hand = Naive(draft)

    assert played(draft, steps) == [by_hand.see(step) for step in steps]


def windows(numbers: str, draft: MonitorDraft) -> MonitorState:
    """Return the state after windows, one each hour: `1` is a breach, `0` is none."""
    state: MonitorState | None = None
    name = NAME.state(state_id(NAME, UUID(int=1), SERIES))
    for index, number in enumerate(map(int, numbers)):
        end = START + index * HOUR
        window = Window(signal(index), end, number, bool(number), end, index)
        state = judged(monitor(draft), name, state, SERIES, window)
    assert state is not None
    return state


def test_a_state_names_the_windows_that_led_to_its_phase() -> None:
    three = replace(DRAFT, for_windows=3)

    state = windows("0111", three)

    assert state.phase is MonitorPhase.FIRING
    assert state.signals == (signal(3), signal(2), signal(1))
    assert (state.epoch, state.last, state.phase_time) == (1, 1.0, START + 3 * HOUR)


def test_a_series_without_data_goes_on_with_its_epoch() -> None:
    draft = replace(DRAFT, no_data_after=2 * HOUR, clear_windows=2)
    firing = windows("1", draft)

    early = without_data(monitor(draft), firing, START + HOUR, 5)
    missing = without_data(monitor(draft), firing, START + 2 * HOUR, 5)
    end = START + 3 * HOUR
    window = Window(signal(9), end, number=1.0, breach=True, time=end, revision=6)
    back = judged(monitor(draft), firing.name, missing, SERIES, window)

    assert early is firing
    assert (missing.phase, missing.fires, missing.signals) == (MonitorPhase.NO_DATA, True, ())
    assert (back.phase, back.epoch) == (MonitorPhase.FIRING, 1)


@pytest.mark.parametrize(
    "condition, method, number, breach",
    [
        (BreachCondition(0.2), "psi", 0.2, False),
        (BreachCondition(0.2), "psi", 0.21, True),
        (BreachCondition(0.05, SignalField.P_VALUE), "ks", 0.05, False),
        (BreachCondition(0.05, SignalField.P_VALUE), "ks", 0.01, True),
        (BreachCondition(0.9, direction=BreachDirection.BELOW), "auc", 0.89, True),
        (BreachCondition(0.9, direction=BreachDirection.ABOVE), "auc", 0.89, False),
    ],
)
def test_a_breach_is_on_the_side_of_the_method(
    condition: BreachCondition, method: str, number: float, breach: bool
) -> None:
    found = Violations()
    condition.check(found, "c", method)

    assert not found
    assert condition.breached_by(number, method) is breach


@pytest.mark.parametrize(
    "condition, method",
    [
        (BreachCondition(0.2, direction=BreachDirection.BELOW), "psi"),
        (BreachCondition(0.05, SignalField.P_VALUE, BreachDirection.ABOVE), "ks"),
        (BreachCondition(0.9), "auc"),
        (BreachCondition(1.5, SignalField.P_VALUE), "ks"),
        (BreachCondition(float("nan")), "psi"),
        (BreachCondition(0.2, min_count=-1), "psi"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(
    condition: BreachCondition, method: str
) -> None:
    found = Violations()
    condition.check(found, "c", method)

    assert found


def test_a_signal_that_has_no_such_number_is_not_judged() -> None:
    few = SignalDraft(SignalKind.DATA, SERIES, "ks", 0.4, START, START + HOUR, current_count=9)

    assert BreachCondition(0.2, min_count=10).number(few) is None
    assert BreachCondition(0.2, min_count=9).number(few) == 0.4
    assert BreachCondition(0.05, SignalField.P_VALUE).number(few) is None
    assert BreachCondition(0.05, SignalField.P_VALUE).number(replace(few, p_value=0.0)) == 0.0
