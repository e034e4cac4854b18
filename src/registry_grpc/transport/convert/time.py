"""Moments and durations."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp


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
    """Return the duration in microseconds; raise ValueError for one that is too long to be held."""
    try:
        return message.ToTimedelta()
    except (ValueError, OverflowError) as error:
        reason = "is not a duration of at most 10,000 years"
        raise ValueError(reason) from error
