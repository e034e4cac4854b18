"""Shared options, settings and error output of the commands."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from registry_grpc import app as application
from registry_grpc.cli.terminal import complain
from registry_grpc.config import Settings
from registry_grpc.persistence.database import SqlDatabase

FAILED, MISUSED = 1, 2

DataDir = Annotated[
    Path | None,
    # Not readable is not a wrong flag: it has an exit code and advice of its own.
    typer.Option(help="Folder of the embedded SQLite database and the files.", readable=False),
]
Database = Annotated[str | None, typer.Option(help="Database URL: postgresql://… or sqlite:///…")]
Blobs = Annotated[str | None, typer.Option(help="Blob store URL: file:///… or gs://bucket/prefix")]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Do not ask for confirmation; required without a terminal."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load_settings(**flags: object) -> Settings:
    """Return the settings of flags and this process's environment; raises ConfigError."""
    return Settings.load(flags, os.environ)


def open_facts(data_dir: Path | None, database: str | None) -> SqlDatabase:
    """Open the existing database of the given flags."""
    return application.open_facts(load_settings(data_dir=data_dir, database=database))


def fail(message: str, code: int) -> None:
    """Print an error on stderr and exit."""
    complain(message)
    raise SystemExit(code)


def operator() -> str:
    """Return the user of this process as in the audit trail: `local:ann`, `local:1000`."""
    try:
        return f"local:{getpass.getuser()}"
    except (KeyError, OSError):  # no user name in the environment or for the user id
        return f"local:{os.getuid()}"
