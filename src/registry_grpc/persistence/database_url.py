"""URLs of databases: parsed and checked before anything connects."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


class DatabaseUrlError(ValueError):
    """A URL leads to no database of a registry; the message has no part that may be secret."""


def parse_url(url: str) -> URL:
    """Return a URL for one of our databases and drivers; raise DatabaseUrlError."""
    scheme = url.partition(":")[0]
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = "the database URL cannot be read; it looks like postgresql://user@host/name"
        raise DatabaseUrlError(message) from None
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        _check_postgresql(parsed)
        return parsed.set(drivername="postgresql+psycopg")
    if scheme not in {"sqlite", "sqlite+pysqlite"}:
        message = f"a database URL starts with sqlite:/// or postgresql://, not {scheme[:80]!r}"
        raise DatabaseUrlError(message)
    if not parsed.database or ":memory:" in parsed.database or "mode" in parsed.query:
        message = "SQLite needs a file: sqlite:////absolute/path or sqlite:///relative/path"
        raise DatabaseUrlError(message)
    return parsed.set(drivername="sqlite+pysqlite")


def _check_postgresql(url: URL) -> None:
    if "@" in (url.host or ""):
        # What precedes the last @ is the rest of a password, which errors about hosts would show.
        message = "the database URL has two @: write an @ in a user or password as %40"
        raise DatabaseUrlError(message)
    if not url.query:
        return
    from psycopg import ProgrammingError, conninfo  # noqa: PLC0415 - costs a start with SQLite 0.1 s

    for option in url.query:
        try:
            conninfo.make_conninfo(**{option: ""})
        except ProgrammingError:
            message = f"the database URL has an option that libpq does not know: {option[:80]!r}"
            raise DatabaseUrlError(message) from None


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL, None for PostgreSQL; raise DatabaseUrlError for others."""
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def is_remote(url: str) -> bool:
    """Return whether the database's server is another machine, as far as its address says."""
    host = parse_url(url).host or ""
    local = {"localhost", "::1"}
    return bool(host) and host not in local and not host.startswith(("127.", "/"))
