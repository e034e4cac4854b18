"""Monitors to and from messages."""

from collections.abc import Mapping
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from modelregistry.v1 import monitor_pb2 as pb
from registry_grpc.domain.monitor import (
    BreachCondition,
    BreachDirection,
    Monitor,
    MonitorDraft,
    MonitorSeverity,
    SignalField,
    SignalSelection,
)
from registry_grpc.domain.signal import SignalKind
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.facts import number_from
from registry_grpc.transport.convert.signal import KINDS, KINDS_BACK, NO_KIND
from registry_grpc.transport.convert.time import duration, duration_message, timestamp

SEVERITIES: Mapping[MonitorSeverity, pb.MonitorSeverity.ValueType] = {
    MonitorSeverity.INFO: pb.MONITOR_SEVERITY_INFO,
    MonitorSeverity.WARNING: pb.MONITOR_SEVERITY_WARNING,
    MonitorSeverity.CRITICAL: pb.MONITOR_SEVERITY_CRITICAL,
}
SEVERITIES_BACK: Mapping[int, MonitorSeverity] = {
    message: severity for severity, message in SEVERITIES.items()
}
NO_SEVERITY = "must be INFO, WARNING or CRITICAL"
_FIELDS = {
    SignalField.STATISTIC: pb.SIGNAL_FIELD_STATISTIC,
    SignalField.P_VALUE: pb.SIGNAL_FIELD_P_VALUE,
}
_FIELDS_BACK: Mapping[int, SignalField] = {
    pb.SIGNAL_FIELD_UNSPECIFIED: SignalField.STATISTIC,
    **{message: field for field, message in _FIELDS.items()},
}
_DIRECTIONS: Mapping[BreachDirection | None, pb.BreachDirection.ValueType] = {
    None: pb.BREACH_DIRECTION_UNSPECIFIED,
    BreachDirection.ABOVE: pb.BREACH_DIRECTION_ABOVE,
    BreachDirection.BELOW: pb.BREACH_DIRECTION_BELOW,
}
_DIRECTIONS_BACK: Mapping[int, BreachDirection | None] = {
    message: direction for direction, message in _DIRECTIONS.items()
}


def monitor_message(monitor: Monitor) -> pb.Monitor:
    """Return the message."""
    draft = monitor.draft
    return pb.Monitor(
        name=str(monitor.name),
        number=monitor.number,
        selection=_selection_message(draft.selection),
        condition=pb.BreachCondition(
            field=_FIELDS[draft.condition.field],
            direction=_DIRECTIONS[draft.condition.direction],
            threshold=draft.condition.threshold,
            min_count=draft.condition.min_count,
        ),
        for_windows=draft.for_windows,
        clear_windows=draft.clear_windows,
        cooldown=duration_message(draft.cooldown or None),
        no_data_after=duration_message(draft.no_data_after),
        reopen=draft.reopen,
        severity=SEVERITIES[draft.severity],
        description=draft.description,
        digest=str(monitor.digest),
        deleted=monitor.deleted,
        etag=monitor.etag,
        updater=monitor.actor,
        update_time=timestamp(monitor.time),
        revision=monitor.revision,
    )


def _selection_message(selection: SignalSelection) -> pb.SignalSelection:
    return pb.SignalSelection(
        models=selection.models,
        names=selection.names,
        kind=KINDS[selection.kind],
        method=selection.method,
        subjects=selection.subjects,
        dimension=selection.dimension,
        target=selection.target,
        arm=selection.arm,
    )


def monitor_from(message: pb.Monitor, found: Violations) -> MonitorDraft:
    """Return the draft of a message; note under `monitor` what cannot be read."""
    severity = SEVERITIES_BACK.get(message.severity)
    found.check("monitor.severity", severity is not None, NO_SEVERITY)
    cooldown = _duration(found, "monitor.cooldown", message.cooldown)
    no_data_after = None
    if message.HasField("no_data_after"):
        no_data_after = _duration(found, "monitor.no_data_after", message.no_data_after)
    return MonitorDraft(
        selection=_selection_from(message.selection, found),
        condition=_condition_from(message.condition, found),
        severity=severity or MonitorSeverity.INFO,
        for_windows=message.for_windows or 1,
        clear_windows=message.clear_windows or 1,
        cooldown=cooldown,
        no_data_after=no_data_after,
        reopen=message.reopen,
        description=message.description,
    )


def _selection_from(message: pb.SignalSelection, found: Violations) -> SignalSelection:
    kind = KINDS_BACK.get(message.kind)
    found.check("monitor.selection.kind", kind is not None, NO_KIND)
    return SignalSelection(
        models=message.models,
        kind=kind or SignalKind.DATA,
        method=message.method,
        names=tuple(message.names),
        subjects=message.subjects or "*",
        dimension=message.dimension,
        target=message.target,
        arm=message.arm,
    )


def _condition_from(message: pb.BreachCondition, found: Violations) -> BreachCondition:
    field = _FIELDS_BACK.get(message.field)
    found.check("monitor.condition.field", field is not None, "must be STATISTIC or P_VALUE")
    known = message.direction in _DIRECTIONS_BACK
    found.check("monitor.condition.direction", known, "must be ABOVE or BELOW")
    return BreachCondition(
        threshold=number_from(message.threshold),
        field=field or SignalField.STATISTIC,
        direction=_DIRECTIONS_BACK.get(message.direction),
        min_count=message.min_count,
    )


def _duration(found: Violations, path: str, message: Duration) -> timedelta:
    return found.parse(path, lambda _: duration(message), "") or timedelta(0)
