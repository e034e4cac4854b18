"""Bad input of MonitoringService."""
# ruff: noqa: E501 - a table: one row, one line

from collections.abc import Mapping
from typing import Any, Final, cast

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import monitor_pb2, signal_pb2
from modelregistry.v1 import monitoring_service_pb2 as pb
from tests.support.content import NAMESPACE
from tests.support.refusals.case import World, case
from tests.support.refusals.evidence import UNKNOWN_ID

_MONITOR: Final = f"{NAMESPACE}/monitors/drift"
WATCHED: Final = f"{NAMESPACE}/monitors/watched"
"""A monitor that is in the registry."""
_STATE: Final = f"{_MONITOR}/states/{UNKNOWN_ID}"
_START, _END = Timestamp(seconds=1_700_000_000), Timestamp(seconds=1_700_003_600)


def signal(version: str, /, **fields: Any) -> signal_pb2.Signal:  # noqa: ANN401 - of the message
    """Return a signal of a version that could be recorded, but for these fields."""
    stated: Mapping[str, Any] = {
        "version": version,
        "kind": signal_pb2.SIGNAL_KIND_DATA,
        "subject": "amount",
        "method": "psi",
        "statistic": 0.1,
        "window_start": _START,
        "window_end": _END,
        **fields,
    }
    return signal_pb2.Signal(**{key: value for key, value in stated.items() if value is not None})


def record(*signals: signal_pb2.Signal) -> pb.RecordSignalsRequest:
    """Return a request to record signals."""
    return pb.RecordSignalsRequest(signals=signals)


def monitor(
    name: str = _MONITOR,
    selection: Mapping[str, Any] | None = None,
    condition: Mapping[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - of the message
) -> monitor_pb2.Monitor:
    """Return a monitor that could be put, but for these fields."""
    chosen = {"models": "*", "kind": signal_pb2.SIGNAL_KIND_DATA, "method": "psi"}
    stated: Mapping[str, Any] = {
        "name": name,
        "selection": monitor_pb2.SignalSelection(**{**chosen, **(selection or {})}),
        "condition": monitor_pb2.BreachCondition(**{"threshold": 0.2, **(condition or {})}),
        "severity": monitor_pb2.MONITOR_SEVERITY_WARNING,
        **fields,
    }
    return monitor_pb2.Monitor(**stated)


def put(**fields: Any) -> pb.PutMonitorRequest:  # noqa: ANN401 - of `monitor`
    """Return a request to put a monitor."""
    return pb.PutMonitorRequest(monitor=monitor(**fields))


def _one(w: World, **fields: Any) -> pb.RecordSignalsRequest:  # noqa: ANN401 - of `signal`
    return record(signal(f"{w.id}/1", **fields))


# fmt: off
MONITORING = [
    case("RecordSignals", lambda _: pb.RecordSignalsRequest(), "INVALID_REQUEST", "signals"),
    case("RecordSignals", lambda w: record(*[signal(f"{w.id}/1")] * 1_001), "INVALID_REQUEST", "signals"),
    case("RecordSignals", lambda w: record(*(signal(f"{w.id}/{number}") for number in range(1, 102))), "INVALID_REQUEST", "signals"),
    case("RecordSignals", lambda w: _one(w, version="???", kind=9, window_start=None), "INVALID_REQUEST", "signals[0].version", "signals[0].kind", "signals[0].window_start"),
    case("RecordSignals", lambda w: _one(w, window_end=_START), "INVALID_REQUEST", "signals[0].window_end"),
    case("RecordSignals", lambda w: _one(w, window_end=Timestamp(seconds=4_000_000_000)), "INVALID_REQUEST", "signals[0].window_end"),
    case("RecordSignals", lambda w: _one(w, window_end=Timestamp(seconds=2**60)), "INVALID_REQUEST", "signals[0].window_end"),
    case("RecordSignals", lambda w: _one(w, statistic=float("nan")), "INVALID_REQUEST", "signals[0].statistic"),
    case("RecordSignals", lambda w: _one(w, statistic=float("inf"), p_value=1.5), "INVALID_REQUEST", "signals[0].statistic", "signals[0].p_value"),
    case("RecordSignals", lambda w: _one(w, p_value=float("nan")), "INVALID_REQUEST", "signals[0].p_value"),
    case("RecordSignals", lambda w: _one(w, subject="", value="40+", method="P S I"), "INVALID_REQUEST", "signals[0].subject", "signals[0].value", "signals[0].method"),
    case("RecordSignals", lambda w: _one(w, subject="a\x1b[31m", producer="a\nb"), "INVALID_REQUEST", "signals[0].subject", "signals[0].producer"),
    case("RecordSignals", lambda w: _one(w, subject="s" * 257, dimension="d" * 129, arm="a" * 64, target="t" * 129), "INVALID_REQUEST", "signals[0].subject", "signals[0].dimension", "signals[0].arm", "signals[0].target"),
    case("RecordSignals", lambda w: _one(w, current_count=-1, reference_count=2**60, profile_digest="x"), "INVALID_REQUEST", "signals[0].reference_count", "signals[0].current_count", "signals[0].profile_digest"),
    case("RecordSignals", lambda w: record(signal(f"{w.id}/1"), signal(f"{w.id}/1", statistic=0.2)), "SIGNAL_EXISTS"),
    case("RecordSignals", lambda w: record(signal(f"{w.id}/1"), signal(f"{w.id}/99")), "VERSION_NOT_FOUND"),
    case("RecordSignals", lambda _: record(signal("nothing/1")), "MODEL_NOT_FOUND"),
    case("RecordSignals", lambda w: record(signal(f"{w.id}@nobody")), "ALIAS_NOT_FOUND"),
    case("RecordSignals", lambda w: _one(w, producer="p" * 5_000_000), "LIMIT_EXCEEDED"),
    case("ListSignals", lambda _: pb.ListSignalsRequest(), "INVALID_REQUEST", "parent"),
    case("ListSignals", lambda w: pb.ListSignalsRequest(parent=f"{w.id}/1", kind=cast("Any", 9), start_time=Timestamp(seconds=2**60)), "INVALID_REQUEST", "kind", "start_time"),
    case("ListSignals", lambda w: pb.ListSignalsRequest(parent=f"{w.id}/1", subject="a\0b", method="a\0b"), "INVALID_REQUEST", "subject", "subject", "method"),
    case("ListSignals", lambda w: pb.ListSignalsRequest(parent=f"{w.id}/1", page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListSignals", lambda w: pb.ListSignalsRequest(parent=f"{w.id}/1", page_token="e30"), "INVALID_REQUEST", "page_token"),
    case("ListSignals", lambda w: pb.ListSignalsRequest(parent=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("PutMonitor", lambda _: pb.PutMonitorRequest(), "INVALID_REQUEST", "monitor.name"),
    case("PutMonitor", lambda _: put(name=f"{NAMESPACE}/monitors/A"), "INVALID_REQUEST", "monitor.name"),
    case("PutMonitor", lambda _: put(severity=0, selection={"kind": 0}), "INVALID_REQUEST", "monitor.severity", "monitor.selection.kind"),
    case("PutMonitor", lambda _: put(selection={"models": "[", "names": ["", "1"], "method": "A"}), "INVALID_REQUEST", "monitor.selection.models", "monitor.selection.names[0]", "monitor.selection.names[1]", "monitor.selection.method", "monitor.condition.direction"),
    case("PutMonitor", lambda _: put(selection={"names": ["a"] * 21}), "INVALID_REQUEST", "monitor.selection.names"),
    case("PutMonitor", lambda _: put(selection={"method": "auc"}), "INVALID_REQUEST", "monitor.condition.direction"),
    case("PutMonitor", lambda _: put(condition={"direction": monitor_pb2.BREACH_DIRECTION_BELOW}), "INVALID_REQUEST", "monitor.condition.direction"),
    case("PutMonitor", lambda _: put(condition={"field": 9, "direction": 9}), "INVALID_REQUEST", "monitor.condition.field", "monitor.condition.direction"),
    case("PutMonitor", lambda _: put(condition={"threshold": float("nan"), "min_count": -1}), "INVALID_REQUEST", "monitor.condition.threshold", "monitor.condition.min_count"),
    case("PutMonitor", lambda _: put(for_windows=1_001, clear_windows=-1), "INVALID_REQUEST", "monitor.for_windows", "monitor.clear_windows"),
    case("PutMonitor", lambda _: put(cooldown=Duration(seconds=-1), no_data_after=Duration(seconds=59)), "INVALID_REQUEST", "monitor.cooldown", "monitor.no_data_after"),
    case("PutMonitor", lambda _: put(description="d" * 65_537), "INVALID_REQUEST", "monitor.description"),
    case("PutMonitor", lambda _: put(name="namespaces/nowhere/monitors/drift"), "NAMESPACE_NOT_FOUND"),
    case("PutMonitor", lambda _: put(etag="r1"), "ETAG_MISMATCH"),
    case("GetMonitor", lambda _: pb.GetMonitorRequest(name="x"), "INVALID_REQUEST", "name"),
    case("GetMonitor", lambda _: pb.GetMonitorRequest(name=_MONITOR, number=-1), "INVALID_REQUEST", "number"),
    case("GetMonitor", lambda _: pb.GetMonitorRequest(name=_MONITOR), "MONITOR_NOT_FOUND"),
    case("GetMonitor", lambda _: pb.GetMonitorRequest(name=_MONITOR, number=7), "MONITOR_NOT_FOUND"),
    case("ListMonitors", lambda _: pb.ListMonitorsRequest(), "INVALID_REQUEST", "parent"),
    case("ListMonitors", lambda _: pb.ListMonitorsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("ListMonitorRevisions", lambda _: pb.ListMonitorRevisionsRequest(parent="x"), "INVALID_REQUEST", "parent"),
    case("ListMonitorRevisions", lambda _: pb.ListMonitorRevisionsRequest(parent=_MONITOR), "MONITOR_NOT_FOUND"),
    case("DeleteMonitor", lambda _: pb.DeleteMonitorRequest(name="x"), "INVALID_REQUEST", "name"),
    case("DeleteMonitor", lambda _: pb.DeleteMonitorRequest(name=_MONITOR), "MONITOR_NOT_FOUND"),
    case("GetMonitorState", lambda _: pb.GetMonitorStateRequest(name=_MONITOR), "INVALID_REQUEST", "name"),
    case("GetMonitorState", lambda _: pb.GetMonitorStateRequest(name=_STATE), "MONITOR_STATE_NOT_FOUND"),
    case("ListMonitorStates", lambda _: pb.ListMonitorStatesRequest(), "INVALID_REQUEST", "parent"),
    case("ListMonitorStates", lambda _: pb.ListMonitorStatesRequest(parent=NAMESPACE, monitor="namespaces/risk/monitors/a", version="x", phases=[9], min_severity=9), "INVALID_REQUEST", "version", "monitor", "phases[0]", "min_severity"),  # type: ignore[list-item, arg-type]
    case("ListMonitorStates", lambda _: pb.ListMonitorStatesRequest(parent=NAMESPACE, phases=[monitor_pb2.MONITOR_PHASE_OK] * 11), "INVALID_REQUEST", "phases"),
    case("ListMonitorStates", lambda _: pb.ListMonitorStatesRequest(parent=NAMESPACE, monitor=_MONITOR), "MONITOR_NOT_FOUND"),
    case("ListMonitorStates", lambda w: pb.ListMonitorStatesRequest(parent=NAMESPACE, version=f"{w.model}/versions/99"), "VERSION_NOT_FOUND"),
    case("ListMonitorStateHistory", lambda _: pb.ListMonitorStateHistoryRequest(parent="x"), "INVALID_REQUEST", "parent"),
    case("ListMonitorStateHistory", lambda _: pb.ListMonitorStateHistoryRequest(parent=_STATE), "MONITOR_STATE_NOT_FOUND"),
]
