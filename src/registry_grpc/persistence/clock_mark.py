"""Believed moments and settlements of clocks: implements `services.ports.clock.ClockMarks`."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Connection, Table, delete, func, insert, select

from registry_grpc.domain.clock_check import ClockMark, Settlement, Uptime
from registry_grpc.persistence.blob_rows import inserting
from registry_grpc.persistence.columns import BYTEWISE, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# One row for each start of a machine that used the registry, until an operator settles a clock.
# passed: microseconds that the machine had run.
clock_marks = Table(
    "clock_marks",
    METADATA,
    key("boot", BYTEWISE),
    column("passed", BigInteger()),
    column("time", Moment()),
)
# accepted: the time of the newest change when an operator settled the clock.
clock_settlements = Table(
    "clock_settlements",
    METADATA,
    key("number", BigInteger()),
    column("accepted", Moment()),
)

_MICROSECOND = timedelta(microseconds=1)


class SqlClockMarks:
    """Implements `registry_grpc.services.ports.clock.ClockMarks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def database_time(self) -> datetime | None:
        """Return the clock of the database's server; None of SQLite, which has none."""
        if self._connection.dialect.name == "sqlite":
            return None
        now: datetime = self._connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)

    def mark(self, boot: str) -> ClockMark | None:
        """Return the mark of a start of a machine."""
        statement = select(clock_marks).where(clock_marks.c.boot == boot)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        return ClockMark(Uptime(row.boot, row.passed * _MICROSECOND), row.time)

    def newest_mark(self) -> datetime | None:
        """Return the time of the newest mark of any machine."""
        found: datetime | None = self._connection.scalar(select(func.max(clock_marks.c.time)))
        return found

    def keep(self, mark: ClockMark) -> None:
        """Replace the mark of the same start."""
        passed = mark.uptime.passed // _MICROSECOND
        values = {"passed": passed, "time": mark.time}
        statement = inserting(self._connection, clock_marks)
        statement = statement.values(boot=mark.uptime.boot, **values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=[clock_marks.c.boot], set_=values)
        )

    def settlement(self) -> Settlement | None:
        """Return the newest settlement."""
        number = clock_settlements.c.number
        statement = select(clock_settlements).order_by(number.desc()).limit(1)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else Settlement(row.number, row.accepted)

    def settle(self, accepted: datetime) -> None:
        """Add a settlement, and forget all marks."""
        last = self.settlement()
        number = 1 if last is None else last.number + 1
        self._connection.execute(insert(clock_settlements).values(number=number, accepted=accepted))
        self._connection.execute(delete(clock_marks))
