"""Signals, and what their recording did."""

from collections.abc import Iterable

from modelregistry._convert import checked, times
from modelregistry._convert.arguments import Violations
from modelregistry._convert.monitor_state import state_from_message
from modelregistry._convert.version import named_by_ref
from modelregistry._convert.writing import build, enum_number
from modelregistry.errors import LimitExceeded
from modelregistry.types import RecordedSignal, Signal, SignalKind, SignalsRecorded
from modelregistry.v1 import monitoring_service_pb2 as pb
from modelregistry.v1 import signal_pb2


def kind_number(kind: SignalKind | int | None) -> signal_pb2.SignalKind.ValueType:
    """Write a kind; None for none."""
    return signal_pb2.SignalKind.ValueType(0 if kind is None else enum_number("kind", kind))


def kind_from_number(number: int) -> SignalKind | int:
    """Read a kind."""
    return SignalKind(number) if number in set(SignalKind) else number


def signals_to_messages(version: str, signals: Iterable[Signal]) -> list[signal_pb2.Signal]:
    """Write signals of a version; raise InvalidRequest with every violation."""
    found = Violations()
    messages = found.each("signals", signals, Signal, lambda signal: _to_message(version, signal))
    found.raise_if_any()
    return list(messages)


def _to_message(version: str, signal: Signal) -> signal_pb2.Signal:
    return build(
        signal_pb2.Signal,
        version=version,
        kind=kind_number(signal.kind),
        subject=signal.subject,
        dimension=signal.dimension,
        value=signal.value,
        arm=signal.arm,
        target=signal.target,
        method=signal.method,
        statistic=signal.statistic,
        p_value=signal.p_value,
        window_start=times.to_message(signal.window_start, "window_start"),
        window_end=times.to_message(signal.window_end, "window_end"),
        reference_count=signal.reference_count,
        current_count=signal.current_count,
        profile_digest=signal.profile_digest,
        producer=signal.producer,
    )


def signal_from_message(message: signal_pb2.Signal, ref: str) -> RecordedSignal:
    """Read a signal; raise MalformedReply unless it is of a version that `ref` can resolve to."""
    version = checked.version_name(message.version, "version")
    named_by_ref(version, ref, "version")
    start, end = times.of(message, "window_start"), times.of(message, "window_end")
    if start is None or end is None:
        raise checked.malformed("window_end", "", "a signal has a window")
    return RecordedSignal(
        name=checked.child_name(message.name, version, "signals"),
        version=version,
        signal=Signal(
            kind=kind_from_number(message.kind),
            subject=message.subject,
            method=message.method,
            statistic=checked.finite(message.statistic, "statistic"),
            window_start=start,
            window_end=end,
            p_value=checked.finite(message.p_value, "p_value")
            if message.HasField("p_value")
            else None,
            dimension=message.dimension,
            value=message.value,
            arm=message.arm,
            target=message.target,
            reference_count=checked.count(message.reference_count, "reference_count"),
            current_count=checked.count(message.current_count, "current_count"),
            profile_digest=message.profile_digest,
            producer=message.producer,
        ),
        creator=message.creator,
        create_time=times.of(message, "create_time"),
    )


def recorded_from_message(reply: pb.RecordSignalsResponse, ref: str, sent: int) -> SignalsRecorded:
    """Read what a call recorded; raise MalformedReply unless it is of `sent` signals of `ref`."""
    recorded = checked.count(reply.recorded, "recorded")
    repeated = checked.count(reply.repeated_count, "repeated_count")
    checked.same(recorded + repeated, sent, "recorded")
    changed = tuple(map(state_from_message, reply.changed))
    checked.unique((state.name for state in changed), "changed")
    for state in changed:
        named_by_ref(state.version, ref, "changed.version")
    return SignalsRecorded(
        recorded=recorded,
        repeated=repeated,
        changed_count=checked.at_least(reply.changed_count, len(changed), "changed_count"),
        changed=changed,
        revision=checked.revision(reply.revision),
        history_id=checked.history(reply.history_id),
    )


def needs_fewer(error: LimitExceeded) -> bool:
    """Return whether fewer signals in a call would be within the limit."""
    limit = error.metadata.get("limit", "")
    return limit.startswith(("work of this call", "size in bytes of the changes"))


def together(parts: Iterable[SignalsRecorded]) -> SignalsRecorded:
    """Return what several calls recorded together."""
    each = list(parts)
    last = each[-1]
    return SignalsRecorded(
        recorded=sum(part.recorded for part in each),
        repeated=sum(part.repeated for part in each),
        changed_count=sum(part.changed_count for part in each),
        changed=tuple(state for part in each for state in part.changed),
        revision=last.revision,
        history_id=last.history_id,
    )
