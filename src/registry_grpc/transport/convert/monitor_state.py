"""The states of monitors as messages."""

from collections.abc import Mapping

from modelregistry.v1 import monitor_pb2 as pb
from registry_grpc.domain.monitor_state import MonitorPhase, MonitorState
from registry_grpc.transport.convert.monitor import SEVERITIES
from registry_grpc.transport.convert.time import timestamp

_PHASES: Mapping[MonitorPhase, pb.MonitorPhase.ValueType] = {
    MonitorPhase.OK: pb.MONITOR_PHASE_OK,
    MonitorPhase.PENDING: pb.MONITOR_PHASE_PENDING,
    MonitorPhase.FIRING: pb.MONITOR_PHASE_FIRING,
    MonitorPhase.RECOVERING: pb.MONITOR_PHASE_RECOVERING,
    MonitorPhase.NO_DATA: pb.MONITOR_PHASE_NO_DATA,
}
PHASES_BACK: Mapping[int, MonitorPhase] = {message: phase for phase, message in _PHASES.items()}
NO_PHASE = "must be OK, PENDING, FIRING, RECOVERING or NO_DATA"


def monitor_state_message(state: MonitorState) -> pb.MonitorState:
    """Return the message."""
    series = state.series
    return pb.MonitorState(
        name=str(state.name),
        version=str(state.version),
        subject=series.subject,
        dimension=series.dimension,
        value=series.value,
        arm=series.arm,
        target=series.target,
        phase=_PHASES[state.phase],
        epoch=state.epoch,
        breaches=state.breaches,
        clears=state.clears,
        window_end=timestamp(state.window_end),
        last=state.last,
        severity=SEVERITIES[state.severity],
        monitor_number=state.number,
        signals=map(str, state.signals),
        phase_time=timestamp(state.phase_time),
        judge_time=timestamp(state.judge_time),
        revision=state.revision,
    )
