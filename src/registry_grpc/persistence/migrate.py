"""The schema's version: which it is, which it should be, and how to get there."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from registry_grpc.persistence.engine import Engines, open_engines

# Any number will do, as long as nobody else locks it in this database.
_LOCK = 7_236_411_905_114
_MIGRATION_WAIT = "60s"
_LOCK_TIMEOUT = "5s"
_STATEMENT_TIMEOUT = "5min"


def head() -> str:
    """Return the revision that this code needs."""
    revision = _scripts().get_current_head()
    if revision is None:
        message = "the package has lost its migrations"
        raise RuntimeError(message)
    return revision


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
    with _engines(url) as engines, engines.writers.begin() as connection:
        _wait_for_turn(connection)
        _require_known(_revision(connection))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def create_if_missing(url: str) -> bool:
    """Create the schema in a database that has none; return whether it did. Raises like `current`.

    A database with an older schema is left alone: migrating is a decision.
    """
    if current(url) is not None:
        return False
    migrate(url)
    return True


def _config() -> Config:
    config = Config()
    location = resources.files("registry_grpc.persistence") / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _engines(url: str) -> Iterator[Engines]:
    engines = open_engines(url, pool_size=1)
    try:
        yield engines
    finally:
        engines.dispose()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_known(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
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
