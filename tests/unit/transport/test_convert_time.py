from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.transport.convert.time import duration, moment, timestamp
from tests.support.faults.amount import examples

_quick = settings(max_examples=examples(80))
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799


def written(at: datetime) -> Timestamp:
    message = timestamp(at)
    assert message is not None
    return message


@given(st.datetimes(timezones=st.just(UTC)))
@_quick
def test_a_moment_comes_back_exactly(at: datetime) -> None:
    assert moment(written(at)) == at


@pytest.mark.parametrize("at", [FIRST, LAST, datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)])
def test_the_first_and_the_last_moment_come_back(at: datetime) -> None:
    assert moment(written(at)) == at


def test_a_moment_elsewhere_is_the_same_moment_in_utc() -> None:
    tokyo = datetime(2026, 5, 3, 21, tzinfo=timezone(timedelta(hours=9)))
    read = moment(written(tokyo))
    assert read == tokyo
    assert read.tzinfo is UTC


def test_no_moment_is_no_message() -> None:
    assert timestamp(None) is None


@given(st.integers(FIRST_SECOND, LAST_SECOND), st.integers(0, 999_999_999))
@_quick
def test_nanoseconds_are_cut_to_microseconds_that_are_never_later(seconds: int, nanos: int) -> None:
    read = moment(Timestamp(seconds=seconds, nanos=nanos))
    assert (read - FIRST) // timedelta(seconds=1) == seconds - FIRST_SECOND
    assert read.microsecond == nanos // 1_000


@pytest.mark.parametrize(
    "seconds, nanos",
    [
        (FIRST_SECOND - 1, 0),
        (LAST_SECOND + 1, 0),
        (2**63 - 1, 0),
        (-(2**63), 0),
        (0, -1),
        (0, 1_000_000_000),
        (0, 2**31 - 1),
        (LAST_SECOND, 1_000_000_000),
    ],
)
def test_what_is_no_moment_is_a_value_error(seconds: int, nanos: int) -> None:
    with pytest.raises(ValueError, match="between the years 1 and 9999"):
        moment(Timestamp(seconds=seconds, nanos=nanos))


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
@_quick
def test_any_message_is_a_moment_or_a_value_error(seconds: int, nanos: int) -> None:
    try:
        read = moment(Timestamp(seconds=seconds, nanos=nanos))
    except ValueError:
        assert not (FIRST_SECOND <= seconds <= LAST_SECOND and 0 <= nanos < 10**9)
    else:
        assert FIRST <= read <= LAST


def test_a_duration_is_read_to_the_microsecond() -> None:
    assert duration(Duration(seconds=-1, nanos=-5_000)) == timedelta(seconds=-1, microseconds=-5)


@pytest.mark.parametrize(
    "seconds, nanos",
    [(0, 1_000_000_000), (0, -1_000_000_000), (1, -5), (-1, 5), (2**62, 0), (-(2**62), 0)],
)
def test_what_the_format_forbids_is_no_duration(seconds: int, nanos: int) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration(Duration(seconds=seconds, nanos=nanos))
