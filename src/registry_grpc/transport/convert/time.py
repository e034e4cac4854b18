"""Moments and durations."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

_NANOS = 1_000_000_000
"""Of a second. The library takes more of them for further seconds, which the format forbids."""


def timestamp(moment: datetime | None) -> Timestamp | None:
    """Return the message, None for None."""
    if moment is None:
        return None
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment(message: Timestamp) -> datetime:
    """Return the moment in UTC, in microseconds; raise ValueError outside the years 1 to 9999."""
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        reason = "is not a time between the years 1 and 9999"
        raise ValueError(reason) from error


def duration_message(value: timedelta | None) -> Duration | None:
    """Return the message, None for None."""
    if value is None:
        return None
    message = Duration()
    message.FromTimedelta(value)
    return message


def duration(message: Duration) -> timedelta:
    """Return the duration in microseconds; raise ValueError for what is none, or is too long."""
    parts = (message.seconds, message.nanos)
    if abs(message.nanos) >= _NANOS or min(parts) < 0 < max(parts):
        reason = "is not a duration: nanos are less than a second, and have the sign of seconds"
        raise ValueError(reason)
    try:
        return message.ToTimedelta()
    except (ValueError, OverflowError) as error:
        reason = "is not a duration of at most 10,000 years"
        raise ValueError(reason) from error
