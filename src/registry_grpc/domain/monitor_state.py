"""The states of monitors: what follows from the windows of a series, in their order.

`judged` is a pure function of a monitor, a state and a window: a state can be computed again from
the signals. The clock of the registry decides only when a series has no data.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry_grpc.domain.ids import uuid_of
from registry_grpc.domain.monitor import Monitor, MonitorDraft, MonitorSeverity
from registry_grpc.domain.names import MonitorName, MonitorStateName, SignalName, VersionName
from registry_grpc.domain.signal import Series

MOST_CAUSES: Final = 20
"""The signals that a state names."""
LOOK_AGAIN: Final = timedelta(days=1)
"""The longest time without a look whether a series that nothing is judged for ended."""


class MonitorPhase(StrEnum):
    """The phase of a series: OK → PENDING → FIRING → RECOVERING → OK, or no data."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no_data"


class MonitorStateAction(StrEnum):
    """The actions of states in the change log."""

    BEGIN = "monitor_state.begin"
    CHANGE = "monitor_state.change"
    END = "monitor_state.end"


@dataclass(frozen=True, slots=True)
class MonitorState:
    """The state of one series of a monitor.

    fires: whether it fires, also without data. epoch: how often it began to. breaches, clears: in a
    row. window_end: of the latest judged window. last: the number that was judged last. signals:
    that led to the phase, newest first. rest_end: the end of the window with which it last ended to
    fire, for the cooldown. phase_time, judge_time: by the clock of the registry. number: the
    revision of the monitor that judged last.
    """

    name: MonitorStateName
    version: VersionName
    series: Series
    phase: MonitorPhase
    severity: MonitorSeverity
    number: int
    fires: bool
    epoch: int
    breaches: int
    clears: int
    window_end: datetime
    last: float
    phase_time: datetime
    judge_time: datetime
    revision: int
    signals: tuple[SignalName, ...] = ()
    rest_end: datetime | None = None

    @property
    def order(self) -> tuple[bool, int]:
        """The larger, the worse."""
        return (self.fires, self.severity.rank)


@dataclass(frozen=True, slots=True)
class Window:
    """A window to judge. breach: whether it is one. time, revision: of the recording."""

    signal: SignalName
    end: datetime
    number: float
    breach: bool
    time: datetime
    revision: int


def judged(
    monitor: Monitor,
    name: MonitorStateName,
    before: MonitorState | None,
    series: Series,
    at: Window,
    epoch: int = 0,
) -> MonitorState:
    """Return the state after a window. before: None for the first window of the series.

    epoch: the last one of an earlier life of the series, where its count goes on.

    A window that ends before or with the latest judged one changes nothing, unless the monitor
    reopens: then it is judged like the next one.
    """
    draft = monitor.draft
    if before is None:
        before = MonitorState(
            name=name,
            version=at.signal.version,
            series=series,
            phase=MonitorPhase.OK,
            severity=draft.severity,
            number=monitor.number,
            fires=False,
            epoch=epoch,
            breaches=0,
            clears=0,
            window_end=datetime.min.replace(tzinfo=at.end.tzinfo),
            last=at.number,
            phase_time=at.time,
            judge_time=at.time,
            revision=at.revision,
        )
    elif at.end <= before.window_end and not draft.reopen:
        return before
    if before.number != monitor.number:
        before = replace(before, breaches=0, clears=0)
    breaches = min(before.breaches + 1, draft.for_windows) if at.breach else 0
    clears = min(before.clears + 1, draft.clear_windows) if before.fires and not at.breach else 0
    after = replace(
        before,
        version=at.signal.version,
        severity=draft.severity,
        number=monitor.number,
        breaches=breaches,
        clears=clears,
        window_end=max(before.window_end, at.end),
        last=at.number,
        judge_time=at.time,
        signals=(at.signal, *before.signals)[: _causes(draft)],
    )
    after = _fired(monitor, after, at) if before.fires else _quiet(monitor, after, at)
    if after.phase is before.phase:
        return after
    # What led to this phase, and not to earlier ones.
    causes = after.signals[: max(1, after.breaches, after.clears)]
    return replace(after, signals=causes, phase_time=at.time, revision=at.revision)


def _causes(draft: MonitorDraft) -> int:
    """Return how many signals may lead to a phase: events have no more of them."""
    return min(MOST_CAUSES, max(draft.for_windows, draft.clear_windows))


def _fired(monitor: Monitor, state: MonitorState, at: Window) -> MonitorState:
    if at.breach:
        return replace(state, phase=MonitorPhase.FIRING)
    if state.clears < monitor.draft.clear_windows:
        return replace(state, phase=MonitorPhase.RECOVERING)
    return replace(state, phase=MonitorPhase.OK, fires=False, clears=0, rest_end=at.end)


def _quiet(monitor: Monitor, state: MonitorState, at: Window) -> MonitorState:
    if not at.breach:
        return replace(state, phase=MonitorPhase.OK)
    rests = state.rest_end is not None and at.end < state.rest_end + monitor.draft.cooldown
    if rests or state.breaches < monitor.draft.for_windows:
        return replace(state, phase=MonitorPhase.PENDING)
    return replace(state, phase=MonitorPhase.FIRING, fires=True, epoch=state.epoch + 1)


def look_after(draft: MonitorDraft) -> timedelta:
    """Return how long after a judgement to look whether data is missing or the series ended."""
    return min(draft.no_data_after or LOOK_AGAIN, LOOK_AGAIN)


def without_data(
    monitor: Monitor, state: MonitorState, now: datetime, revision: int
) -> MonitorState:
    """Return the state after nothing was judged for too long; the same one if it was."""
    after = monitor.draft.no_data_after
    if state.phase is MonitorPhase.NO_DATA or after is None or now < state.judge_time + after:
        return state
    return replace(
        state,
        phase=MonitorPhase.NO_DATA,
        breaches=0,
        clears=0,
        signals=(),
        phase_time=now,
        revision=revision,
    )


def state_id(monitor: MonitorName, version: UUID, series: Series) -> UUID:
    """Return the id of the state of a series, by what identifies it."""
    texts = (series.subject, series.dimension, series.value, series.arm, series.target)
    return uuid_of(monitor.namespace, monitor.monitor, version.hex, *texts)
