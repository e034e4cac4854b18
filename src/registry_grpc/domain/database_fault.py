"""Why the database of a registry cannot be used: for its operators, never for callers."""

from dataclasses import dataclass
from enum import Enum

from typing_extensions import override


class FaultKind(Enum):
    """Kinds of database faults, each with the action that it asks of an operator.

    summary: completes "the registry's database …". advice: the next step. exit_code: of a command
    that fails for it.
    """

    UNREACHABLE = (
        "cannot be reached",
        "check that it runs, and the host and port of --database",
        5,
    )
    BUSY = (
        "is busy",
        "try again; if it happens often, raise its limits, such as max_connections",
        5,
    )
    READ_ONLY = (
        "is read-only",
        "after a fail-over, let --database lead to the new primary; else make it writable",
        5,
    )
    LOGIN = (
        "rejects the login",
        "check the user and password of --database, and pg_hba.conf",
        4,
    )
    ENCRYPTION = (
        "and this program do not agree on TLS",
        "set sslmode in --database, such as ?sslmode=require, and its certificates",
        4,
    )
    PERMISSION = (
        "does not permit this",
        "give its user the rights: PostgreSQL by `migrate --role ROLE`, SQLite on file and folder",
        4,
    )
    MISSING = (
        "does not exist",
        "check the name in --database, or create the database",
        3,
    )
    DAMAGED = (
        "is damaged",
        "stop all servers, keep a copy of the files and restore a backup",
        7,
    )
    FULL = ("has no disk space left", "free space on its disk", 8)
    NO_DATABASE = (
        "is a file of another kind",
        "check the path in --database or --data-dir; the file is unchanged",
        9,
    )
    UNSUITABLE = (
        "is unsuitable",
        "use PostgreSQL 13 or newer, CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        9,
    )
    POOLER = (
        "is behind a pooler that does not permit this",
        "migrate with the address of PostgreSQL itself; set options with ALTER ROLE, not in URLs",
        9,
    )
    FAILED = (
        "has failed",
        "read the log of the database and of its system",
        5,
    )

    def __init__(self, summary: str, advice: str, exit_code: int) -> None:
        self.summary = summary
        self.advice = advice
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class DatabaseFault:
    """One failure. detail: the reason of the driver or the system, one line without secrets."""

    kind: FaultKind
    detail: str

    @override
    def __str__(self) -> str:
        """Return what happened, for a log line."""
        return f"the database {self.kind.summary}: {self.detail}"

    def instruction(self) -> str:
        """Return what happened and what to do, as one line for an operator."""
        return f"the registry's database {self.kind.summary}: {self.detail}; {self.kind.advice}"
