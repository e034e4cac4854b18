"""The states of monitors."""

from collections.abc import Iterator

from modelregistry._convert import checked, times
from modelregistry._convert.writing import enum_number
from modelregistry.names import segment
from modelregistry.types import MonitorPhase, MonitorSeverity, MonitorState
from modelregistry.v1 import monitor_pb2 as pb
from modelregistry.v1 import monitoring_service_pb2 as service


def state_from_message(message: pb.MonitorState) -> MonitorState:
    """Read a state."""
    name = checked.resource_name(message.name)
    monitor = name.rpartition("/states/")[0]
    checked.child_name(name, monitor, "states")
    namespace = f"namespaces/{segment(name, 'namespaces')}"
    checked.child_name(monitor, namespace, "monitors")
    version = checked.version_name(message.version, "version")
    return MonitorState(
        name=name,
        version=checked.below(version, namespace, "version"),
        subject=message.subject,
        phase=phase_from_number(message.phase),
        severity=severity_from_number(message.severity),
        dimension=message.dimension,
        value=message.value,
        arm=message.arm,
        target=message.target,
        epoch=checked.count(message.epoch, "epoch"),
        breaches=checked.count(message.breaches, "breaches"),
        clears=checked.count(message.clears, "clears"),
        window_end=times.of(message, "window_end"),
        last=checked.finite(message.last, "last"),
        monitor_number=checked.count(message.monitor_number, "monitor_number"),
        signals=tuple(
            checked.child_name(signal, version, "signals", "signals") for signal in message.signals
        ),
        phase_time=times.of(message, "phase_time"),
        judge_time=times.of(message, "judge_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def states_of_query(
    request: service.ListMonitorStatesRequest, reply: service.ListMonitorStatesResponse
) -> Iterator[MonitorState]:
    """Read the states of a page; raise MalformedReply for one that was not requested."""
    for message in reply.monitor_states:
        state = state_from_message(message)
        checked.same(state.version, request.version or state.version, "version")
        if request.phases and message.phase not in request.phases:
            raise checked.malformed("phase", message.phase, "was not requested")
        checked.at_least(message.severity, request.min_severity, "severity")
        yield state


def phase_from_number(number: int) -> MonitorPhase | int:
    """Read a phase."""
    return MonitorPhase(number) if number in set(MonitorPhase) else number


def severity_from_number(number: int) -> MonitorSeverity | int:
    """Read a severity."""
    return MonitorSeverity(number) if number in set(MonitorSeverity) else number


def severity_number(
    severity: MonitorSeverity | int | None, field: str
) -> pb.MonitorSeverity.ValueType:
    """Write a severity; None for none."""
    return pb.MonitorSeverity.ValueType(0 if severity is None else enum_number(field, severity))
