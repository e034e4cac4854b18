"""The schema's version: which it is, which it should be, and how to get there."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources

from sqlalchemy import Connection, inspect, text

from registry_grpc.persistence.engine import Engines, open_engines

# Any number will do, as long as nobody else locks it in this database.
_LOCK = 7_236_411_905_114
_MIGRATION_WAIT = "60s"
_LOCK_TIMEOUT = "5s"
_STATEMENT_TIMEOUT = "5min"
_MIGRATION = re.compile(r"(\d{4})_\w+\.py")


def head() -> str:
    """Return the revision that this code needs."""
    return max(_known())


def current(url: str) -> str | None:
    """Return the database's revision, None when it has no schema.

    Raises DatabaseUnavailable, and ValueError for a URL that is none of ours. A SQLite file that
    is missing is created, empty.
    """
    with _engines(url) as engines, engines.readers.begin() as connection:
        return _revision(connection)


def is_current(url: str) -> bool:
    """Whether the database's schema is the one this code needs; raises like `current`."""
    return current(url) == head()


def migrate(url: str) -> None:
    """Bring the schema to `head`; all of it or nothing, and one process at a time.

    Raises like `current`, and ValueError when a newer release has migrated the database.
    """
    if is_current(url):
        return
    # Alembic takes a tenth of a second to load, and every start but the first is done already.
    from registry_grpc.persistence.upgrade import upgrade  # noqa: PLC0415

    with _engines(url) as engines, engines.writers.begin() as connection:
        _wait_for_turn(connection)
        _require_known(_revision(connection))
        upgrade(connection)


def create_if_missing(url: str) -> bool:
    """Create the schema in a database that has none; return whether it did. Raises like `current`.

    A database with an older schema is left alone: migrating is a decision.
    """
    if current(url) is not None:
        return False
    migrate(url)
    return True


def _known() -> Sequence[str]:
    """Return the revisions of all migrations: what their files' names begin with."""
    files = (resources.files("registry_grpc.persistence") / "migrations" / "versions").iterdir()
    return [match[1] for file in files if (match := _MIGRATION.fullmatch(file.name))]


@contextmanager
def _engines(url: str) -> Iterator[Engines]:
    engines = open_engines(url, pool_size=1)
    try:
        yield engines
    finally:
        engines.dispose()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in _known():
        message = (
            f"the database has the schema {revision[:80]!r} of a newer release; this one knows "
            f"schemas up to {head()!r}"
        )
        raise ValueError(message)


def _wait_for_turn(connection: Connection) -> None:
    """Hold the migration lock to the end of the transaction; SQLite's BEGIN took one already."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(text(f"SET LOCAL lock_timeout = '{_MIGRATION_WAIT}'"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    # From here on, waiting for a table would make every other caller wait behind us.
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
