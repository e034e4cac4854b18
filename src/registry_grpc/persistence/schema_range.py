"""Which schemas this release serves, and why it refuses others.

A schema is numbered by its newest migration. A server knows the migrations up to its `head`. It
serves older schemas down to `OLDEST_SERVED`, and a newer schema as long as that one supports the
server: the database stores the oldest head that its schema supports, which only a migration that
contracts raises (`minimum_head` in its file). See docs/decisions/0017-schemas-roll.md.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from sqlalchemy import Connection, inspect, select, text

from registry_grpc.persistence.schema import schema_compatibility

OLDEST_SERVED: Final = "0029"
"""The oldest schema that this release works with; tests run the use cases on it."""
_MIGRATION = re.compile(r"(\d{4})_\w+\.py")


@cache
def known_revisions() -> Collection[str]:
    """Return the revisions of all migrations: what the names of their files begin with."""
    files = (resources.files("registry_grpc.persistence") / "migrations" / "versions").iterdir()
    return frozenset(match[1] for file in files if (match := _MIGRATION.fullmatch(file.name)))


def head() -> str:
    """Return the newest revision that this release knows."""
    return max(known_revisions())


def served_range() -> str:
    """Return the range of schemas that this release knows and serves, for messages."""
    return f"{OLDEST_SERVED} to {head()}"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The schema of a database, as the database states it.

    revision: its newest migration; None without a schema. minimum_head: a server must know the
    migrations up to this one to serve the schema; "" where the schema does not state it.
    """

    revision: str | None
    minimum_head: str = ""

    @property
    def is_newer(self) -> bool:
        """Whether a newer release has migrated the database."""
        return self.revision is not None and self.revision not in known_revisions()

    def refusal(self) -> str | None:
        """Return why this release does not serve the schema and what to do; None if it does."""
        known = f"this release serves schemas {served_range()}"
        if self.revision is None:
            return "the database has no schema; run `registry-grpc migrate`"
        if not self.is_newer:
            message = f"the database has the schema {self.revision!r}; {known}; "
            message += "run `registry-grpc migrate` of this release"
            return message if self.revision < OLDEST_SERVED else None
        if "" < self.minimum_head <= head():
            return None
        needed = f", for servers that know {self.minimum_head!r}" if self.minimum_head else ""
        return (
            f"the database has the schema {self.revision[:80]!r} of a newer release{needed}; "
            f"{known}; start a newer release of the server"
        )


def read_state(connection: Connection) -> SchemaState:
    """Return what the database of a connection states of its schema."""
    tables = inspect(connection)
    if not tables.has_table("alembic_version"):
        return SchemaState(None)
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if not tables.has_table(schema_compatibility.name):
        return SchemaState(revision)
    stated = connection.scalar(select(schema_compatibility.c.minimum_head))
    return SchemaState(revision, stated or "")
