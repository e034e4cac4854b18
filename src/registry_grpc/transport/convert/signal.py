"""Signals to and from messages."""

from collections.abc import Mapping

from modelregistry.v1 import signal_pb2 as pb
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.signal import Series, Signal, SignalDraft, SignalKind
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.facts import number_from
from registry_grpc.transport.convert.time import moment, timestamp

KINDS: Mapping[SignalKind, pb.SignalKind.ValueType] = {
    SignalKind.DATA: pb.SIGNAL_KIND_DATA,
    SignalKind.PREDICTION: pb.SIGNAL_KIND_PREDICTION,
    SignalKind.PERFORMANCE: pb.SIGNAL_KIND_PERFORMANCE,
    SignalKind.OPERATIONS: pb.SIGNAL_KIND_OPERATIONS,
}
KINDS_BACK: Mapping[int, SignalKind] = {message: kind for kind, message in KINDS.items()}
NO_KIND = "must be DATA, PREDICTION, PERFORMANCE or OPERATIONS"


def signal_message(signal: Signal) -> pb.Signal:
    """Return the message."""
    draft, series = signal.draft, signal.draft.series
    name = signal.name
    return pb.Signal(
        name=str(name),
        version=str(name.version),
        kind=KINDS[draft.kind],
        subject=series.subject,
        dimension=series.dimension,
        value=series.value,
        arm=series.arm,
        target=series.target,
        method=draft.method,
        statistic=draft.statistic,
        p_value=draft.p_value,
        window_start=timestamp(draft.window_start),
        window_end=timestamp(draft.window_end),
        reference_count=draft.reference_count,
        current_count=draft.current_count,
        profile_digest=draft.profile_digest,
        producer=draft.producer,
        creator=signal.creator,
        create_time=timestamp(signal.create_time),
    )


def signal_from(
    message: pb.Signal, path: str, found: Violations
) -> tuple[Reference, SignalDraft] | None:
    """Return the version and the draft of a message; None once something of it cannot be read."""
    version = found.parse(f"{path}.version", Reference.parse, message.version)
    kind = KINDS_BACK.get(message.kind)
    found.check(f"{path}.kind", kind is not None, NO_KIND)
    for name in ("window_start", "window_end"):
        found.check(f"{path}.{name}", message.HasField(name), "is required")
    start = found.parse(f"{path}.window_start", lambda _: moment(message.window_start), "")
    end = found.parse(f"{path}.window_end", lambda _: moment(message.window_end), "")
    if version is None or kind is None or start is None or end is None:
        return None
    return version, SignalDraft(
        kind=kind,
        series=Series(
            message.subject, message.dimension, message.value, message.arm, message.target
        ),
        method=message.method,
        statistic=number_from(message.statistic),
        window_start=start,
        window_end=end,
        p_value=number_from(message.p_value) if message.HasField("p_value") else None,
        reference_count=message.reference_count,
        current_count=message.current_count,
        profile_digest=message.profile_digest,
        producer=message.producer,
    )
