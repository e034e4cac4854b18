"""Properties of a database that operators must know. Nothing is changed or created."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from registry_grpc.persistence.engine import open_engines

_STATED = text(
    "SELECT current_setting('server_version') AS version,"
    " current_setting('server_encoding') AS encoding, now() AS now,"
    " current_setting('max_connections')::int AS most_connections,"
    " (SELECT count(*) FROM pg_stat_activity) AS connections,"
    " pg_backend_pid() AS session"
)


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """product: name and version. encoding: of texts. now: its clock; None if it has none.

    most_connections, connections: that it accepts, and that are open; 0 where it has no limit.
    pooled: whether a pooler answers in its place.
    """

    product: str
    encoding: str
    now: datetime | None = None
    most_connections: int = 0
    connections: int = 0
    pooled: bool = False


def database_facts(url: str) -> DatabaseFacts:
    """Return them; raises DatabaseUnavailable, and ValueError for a URL that is none of ours."""
    with _connected(url) as connection:
        if connection.dialect.name == "sqlite":
            version = connection.scalar(text("SELECT sqlite_version()"))
            encoding = connection.scalar(text("PRAGMA encoding"))
            return DatabaseFacts(f"SQLite {version}", str(encoding))
        row = connection.execute(_STATED).one()
        return DatabaseFacts(
            f"PostgreSQL {_text(row.version)}",
            _text(row.encoding),
            row.now.astimezone(UTC),
            row.most_connections,
            row.connections,
            # A pooler tells its clients a number of its own for the session.
            _told(connection) != row.session,
        )


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engines = open_engines(url, pool_size=1)
    try:
        with engines.readers.begin() as connection:
            yield connection
    finally:
        engines.dispose()


def _told(connection: Connection) -> object:
    driver = connection.connection.driver_connection
    return getattr(getattr(driver, "info", None), "backend_pid", None)


def _text(value: str | bytes) -> str:
    # Without an encoding (SQL_ASCII) the driver returns bytes.
    return value.decode() if isinstance(value, bytes) else value
