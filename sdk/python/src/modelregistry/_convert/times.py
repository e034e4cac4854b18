"""Timestamps and durations."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry._convert import checked
from modelregistry._convert.writing import invalid


def of(message: Message, field: str) -> datetime | None:
    """Return the time in a message's field, in UTC to the microsecond; None when it is unset."""
    if not message.HasField(field):
        return None
    moment: Timestamp = getattr(message, field)
    try:
        return moment.ToDatetime(tzinfo=UTC)
    except (OverflowError, ValueError) as error:
        raise checked.malformed(
            field, moment.seconds, "not a time in the years 1 to 9999"
        ) from error


def to_message(moment: datetime | None, field: str) -> Timestamp | None:
    """Return the time as a message; None stays None.

    A time without a time zone raises InvalidRequest with a violation of `field`: a guessed zone
    would mean another time.
    """
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise invalid(field, f"must be a datetime, not {type(moment).__name__}")
    if moment.tzinfo is None:
        raise invalid(field, "needs a time zone, such as datetime(2026, 5, 3, tzinfo=UTC)")
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def duration_to_message(value: timedelta | None, field: str) -> Duration | None:
    """Write a duration; None stays None."""
    if value is None:
        return None
    if not isinstance(value, timedelta):
        raise invalid(field, f"must be a timedelta, not {type(value).__name__}")
    message = Duration()
    message.FromTimedelta(value)
    return message
