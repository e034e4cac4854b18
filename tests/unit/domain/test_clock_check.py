"""Which moments are believed, and what is said of others."""

from datetime import UTC, datetime, timedelta

from registry_grpc.domain.clock_check import ClockFacts, ClockMark, Uptime

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def mark(ago: timedelta, boot: str = "one", passed: timedelta = 10 * DAY) -> ClockMark:
    return ClockMark(Uptime(boot, passed - ago), NOW - ago)


def doubts(facts: ClockFacts, now: datetime = NOW, most: timedelta = DAY) -> list[str]:
    return list(facts.doubts(now, most))


UP = Uptime("one", 10 * DAY)
YEAR = timedelta(days=400)


def test_a_new_registry_believes_the_clock() -> None:
    assert not doubts(ClockFacts())
    assert not doubts(ClockFacts(uptime=UP))


def test_on_one_start_of_the_machine_the_clock_moves_as_far_as_the_uptime() -> None:
    facts = ClockFacts(uptime=UP, mark=mark(5 * DAY), newest=NOW - 5 * DAY)
    assert not doubts(facts)
    assert doubts(facts, NOW + 2 * DAY) == [
        "it is 2 days ahead of the time that has passed since 2026-11-25 12:00 UTC"
    ]
    (behind,) = doubts(facts, NOW - 25 * HOUR)
    assert "25 hours behind" in behind
    assert not doubts(facts, NOW + 23 * HOUR)


def test_only_another_clock_confirms_that_a_registry_was_unused_for_a_year() -> None:
    used = NOW - YEAR
    local = ClockFacts(uptime=UP, newest=used, newest_mark=used)
    assert doubts(local) == ["it is 400 days ahead of the last use of the registry"]
    remote = ClockFacts(uptime=UP, newest=used, newest_mark=used, database=NOW, trusted=True)
    assert not doubts(remote)
    holiday = ClockFacts(uptime=UP, newest=NOW - 29 * DAY, newest_mark=NOW - 29 * DAY)
    assert not doubts(holiday)
    # A mark is newer than the newest change where a server ran without changes.
    assert not doubts(ClockFacts(uptime=UP, newest=used, newest_mark=NOW - DAY))


def test_a_clock_that_differs_from_the_database_servers_is_in_doubt() -> None:
    for trusted in (True, False):
        facts = ClockFacts(database=NOW - 2 * DAY, trusted=trusted)
        assert doubts(facts) == ["it is 2 days ahead of the clock of the database's server"]


def test_a_clock_behind_the_log_is_in_doubt_until_that_is_accepted() -> None:
    ahead = NOW + YEAR
    assert doubts(ClockFacts(newest=ahead)) == ["it is 400 days behind the newest change"]
    assert not doubts(ClockFacts(newest=ahead + HOUR, accepted=ahead))
    assert doubts(ClockFacts(newest=ahead + 2 * DAY, accepted=ahead))


def test_a_machine_that_started_again_is_not_measured_by_its_uptime() -> None:
    other = ClockFacts(uptime=Uptime("two", HOUR), mark=mark(5 * DAY), newest_mark=NOW - 5 * DAY)
    assert not doubts(other)
    # A container whose uptime begins again on the same boot.
    again = ClockFacts(uptime=Uptime("one", HOUR), mark=mark(DAY), newest_mark=NOW - DAY)
    assert not doubts(again)
