"""The page of a monitor, and tables of states."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, tables
from modelregistry.types import (
    BreachDirection,
    Monitor,
    MonitorPhase,
    MonitorSeverity,
    MonitorState,
    SignalField,
    SignalKind,
)

_PHASES: Final = {
    MonitorPhase.OK: "green",
    MonitorPhase.PENDING: "yellow",
    MonitorPhase.FIRING: "bold red",
    MonitorPhase.RECOVERING: "yellow",
    MonitorPhase.NO_DATA: "magenta",
}
_FIRES: Final = frozenset({MonitorPhase.FIRING, MonitorPhase.RECOVERING})
_SEVERITIES: Final = {
    MonitorSeverity.INFO: "",
    MonitorSeverity.WARNING: "yellow",
    MonitorSeverity.CRITICAL: "bold red",
}


def page(monitor: Monitor, now: datetime) -> Iterator[RenderableType]:
    """Yield the parts of the page."""
    selection = monitor.selection
    deleted = "  deleted" if monitor.deleted else ""
    yield Text.assemble(tables.name(monitor.ref), f"  revision {monitor.number}", deleted)
    kind = selection.kind
    yield facts.grid(
        (
            ("models", formats.clean(selection.models)),
            ("versions", ", ".join(map(formats.clean, selection.names)) or "all"),
            ("signals", kind.name.lower() if isinstance(kind, SignalKind) else f"kind {kind}"),
            ("subjects", formats.clean(selection.subjects)),
            ("slices of", formats.clean(selection.dimension)),
            ("only from", formats.clean(place_of(selection.arm, selection.target))),
            ("breach", formats.clean(condition(monitor))),
            ("no data", _missing(monitor)),
            ("late windows", "are judged" if monitor.reopen else ""),
            ("severity", severity_tag(monitor.severity)),
            ("put", formats.by_whom(monitor.updater, formats.exact(monitor.update_time, now))),
            ("etag", monitor.etag),
            ("about", formats.one_line(monitor.description)),
        )
    )


def _missing(monitor: Monitor) -> str:
    after = monitor.no_data_after
    return "" if after is None else f"after {after} without a judged window"


def scope(monitor: Monitor) -> str:
    """Return the models and names of a monitor, such as `fraud@production`."""
    selection = monitor.selection
    names = f"@{','.join(selection.names)}" if selection.names else ""
    return f"{selection.models}{names}"


def condition(monitor: Monitor) -> str:
    """Return the condition of a monitor as a sentence, such as `psi > 0.2 for 3 windows`."""
    wanted, method = monitor.condition, monitor.selection.method
    what = f"p of {method}" if wanted.field == SignalField.P_VALUE else method
    below = wanted.direction == BreachDirection.BELOW or (
        wanted.direction is None and wanted.field == SignalField.P_VALUE
    )
    windows = f" for {monitor.for_windows} windows" if monitor.for_windows > 1 else ""
    clear = f", until {monitor.clear_windows} are well" if monitor.clear_windows > 1 else ""
    rest = f", then quiet for {monitor.cooldown}" if monitor.cooldown else ""
    count = f", of {wanted.min_count:,} examples" if wanted.min_count else ""
    return f"{what} {'<' if below else '>'} {wanted.threshold:g}{count}{windows}{clear}{rest}"


def order(item: MonitorState) -> tuple[bool, int]:
    """Return what sorts states from calm to bad."""
    return (item.phase in _FIRES, int(item.severity))


def states_table(items: Sequence[MonitorState], now: datetime) -> Table:
    """Return the table of states; it fits into 80 columns."""
    made = tables.table(
        *(("MONITOR", "name"), ("VERSION", "name"), ("SUBJECT", "words"), ("LAST", "number")),
        ("PHASE", "words"),
    )
    for item in items:
        place = place_of(item.arm, item.target)
        subject = subject_of(item.subject, item.dimension, item.value)
        made.add_row(
            tables.name(item.monitor_id),
            tables.name(item.version_ref),
            tables.words(f"{subject} at {place}" if place else subject),
            f"{item.last:.4g}",
            _phase(item, now),
        )
    return made


def _phase(item: MonitorState, now: datetime) -> Text:
    phase = item.phase
    if isinstance(phase, MonitorPhase):
        said = Text(phase.name.lower(), _PHASES[phase])
    else:
        said = Text(f"phase {phase}")
    severity = Text.assemble(" ", severity_tag(item.severity)) if phase in _FIRES else Text()
    return Text.assemble(said, severity, f" {formats.ago(item.phase_time, now)}")


def severity_tag(severity: MonitorSeverity | int) -> Text:
    """Return a severity with its colour."""
    if isinstance(severity, MonitorSeverity):
        return Text(severity.name.lower(), _SEVERITIES[severity])
    return Text(f"severity {severity}")


def subject_of(subject: str, dimension: str, value: str) -> str:
    """Return a subject with its slice, such as `income [age=60-69]`."""
    return f"{subject} [{dimension}={value}]" if dimension else subject


def place_of(arm: str, target: str) -> str:
    """Return the arm and the target, '' for neither."""
    return ", ".join(filter(None, (f"arm {arm}" if arm else "", target)))
