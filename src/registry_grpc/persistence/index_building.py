"""Indexes follow the tables of the code: `migrate` builds those that a database lacks.

An index is not part of what a schema promises: statements work without it, only slower. So a new
one needs no migration. On PostgreSQL it is built by CREATE INDEX CONCURRENTLY, which lets others
write meanwhile and cannot be part of a transaction. What a process that was killed left half built
is marked as invalid; the next one drops and builds it again. Unique indexes belong to constraints,
and so to migrations.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Index, text
from sqlalchemy.schema import CreateIndex

from registry_grpc.persistence.database import TABLES

_ON_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'index'"
_ON_POSTGRESQL = """
SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indisvalid AND relnamespace = current_schema()::regnamespace
"""


def unbuilt_indexes(connection: Connection) -> Sequence[Index]:
    """Return the indexes of the code's tables that the database lacks or has only in part."""
    catalog = _ON_SQLITE if connection.dialect.name == "sqlite" else _ON_POSTGRESQL
    built = set(connection.scalars(text(catalog)))
    wanted = (index for table in TABLES.sorted_tables for index in table.indexes)
    unbuilt = (index for index in wanted if not index.unique and index.name not in built)
    return sorted(unbuilt, key=lambda index: str(index.name))


def build_indexes(connection: Connection) -> None:
    """Build what is missing: on SQLite in the transaction, on PostgreSQL outside of any."""
    unbuilt = unbuilt_indexes(connection)
    if connection.dialect.name == "sqlite":
        for index in unbuilt:
            index.create(connection)
        return
    # A build waits for the transactions that run, and takes as long as the table is large.
    for timeout in ("statement_timeout", "lock_timeout"):
        connection.execute(text(f"SET {timeout} = 0"))
    for index in unbuilt:
        connection.execute(text(f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"'))
        statement = str(CreateIndex(index).compile(dialect=connection.dialect))
        concurrently = statement.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
        connection.exec_driver_sql(concurrently)
