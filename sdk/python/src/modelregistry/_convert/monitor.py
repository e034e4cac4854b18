"""Monitors."""

from modelregistry._convert import checked, times
from modelregistry._convert.arguments import Violations
from modelregistry._convert.monitor_state import severity_from_number, severity_number
from modelregistry._convert.signal import kind_from_number, kind_number
from modelregistry._convert.writing import build, enum_number
from modelregistry.types import (
    BreachCondition,
    BreachDirection,
    Monitor,
    SignalField,
    SignalSelection,
)
from modelregistry.v1 import monitor_pb2 as pb


def monitor_from_message(message: pb.Monitor) -> Monitor:
    """Read a monitor."""
    return Monitor(
        name=checked.resource_name(message.name),
        selection=_selection(message.selection),
        condition=_condition(message.condition),
        severity=severity_from_number(message.severity),
        for_windows=checked.count(message.for_windows, "for_windows"),
        clear_windows=checked.count(message.clear_windows, "clear_windows"),
        cooldown=checked.duration(message.cooldown, "cooldown"),
        no_data_after=checked.duration(message.no_data_after, "no_data_after")
        if message.HasField("no_data_after")
        else None,
        reopen=message.reopen,
        description=message.description,
        number=checked.count(message.number, "number"),
        digest=checked.digest_or_none(message.digest, "digest"),
        deleted=message.deleted,
        etag=message.etag,
        updater=message.updater,
        update_time=times.of(message, "update_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def _selection(message: pb.SignalSelection) -> SignalSelection:
    return SignalSelection(
        models=message.models,
        kind=kind_from_number(message.kind),
        method=message.method,
        names=tuple(message.names),
        subjects=message.subjects,
        dimension=message.dimension,
        target=message.target,
        arm=message.arm,
    )


def _condition(message: pb.BreachCondition) -> BreachCondition:
    field, direction = int(message.field), int(message.direction)
    known = BreachDirection(direction) if direction in set(BreachDirection) else direction
    return BreachCondition(
        threshold=checked.finite(message.threshold, "threshold"),
        field=SignalField(field) if field in set(SignalField) else field,
        direction=known or None,
        min_count=checked.count(message.min_count, "min_count"),
    )


def monitor_to_message(monitor: Monitor, name: str) -> pb.Monitor:
    """Write the fields that users set, under the full name; omit output-only fields."""
    found = Violations()
    message = found.build(
        pb.Monitor,
        name=name,
        selection=found.one("selection", monitor.selection, SignalSelection, _selection_to),
        condition=found.one("condition", monitor.condition, BreachCondition, _condition_to),
        for_windows=monitor.for_windows,
        clear_windows=monitor.clear_windows,
        cooldown=times.duration_to_message(monitor.cooldown, "cooldown"),
        no_data_after=times.duration_to_message(monitor.no_data_after, "no_data_after"),
        reopen=monitor.reopen,
        severity=severity_number(monitor.severity, "severity"),
        description=monitor.description,
        etag=monitor.etag,
    )
    found.raise_if_any()
    return message


def _selection_to(selection: SignalSelection) -> pb.SignalSelection:
    return build(
        pb.SignalSelection,
        models=selection.models,
        names=selection.names,
        kind=kind_number(selection.kind),
        method=selection.method,
        subjects=selection.subjects,
        dimension=selection.dimension,
        target=selection.target,
        arm=selection.arm,
    )


def _condition_to(condition: BreachCondition) -> pb.BreachCondition:
    direction = condition.direction
    number = 0 if direction is None else enum_number("direction", direction)
    return build(
        pb.BreachCondition,
        field=pb.SignalField.ValueType(enum_number("field", condition.field)),
        direction=pb.BreachDirection.ValueType(number),
        threshold=condition.threshold,
        min_count=condition.min_count,
    )
