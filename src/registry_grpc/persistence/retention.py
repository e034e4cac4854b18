"""The retention of the audit trail in the database, and the role that may change it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, func, select, text, update

from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.log_tables import retention

_KEPT: Final = ("changes", "moved_models", "refusals")
_MIGRATED: Final = ("retention", "alembic_version", "schema_compatibility")
"""The tables that only the migrating role writes."""
_COUNTED: Final = ("revision", "last_time", "compacted", "refused", "history", "held")
"""The columns of the counter that a server writes. Functions raise the floors."""


def keep_for(connection: Connection, days: int) -> int:
    """Set the retention of the trail in days (0: unlimited) if permitted; return it."""
    if connection.dialect.name == "sqlite" or connection.scalar(
        select(func.has_table_privilege("retention", "UPDATE"))
    ):
        changed = update(retention).where(retention.c.audit_days != days)
        connection.execute(changed.values(audit_days=days))
    kept: int = connection.execute(select(retention.c.audit_days)).one().audit_days
    return kept


def grant_serving(url: str, role: str) -> None:
    """Give a role of PostgreSQL what a server needs, and no right to shorten or change the trail.

    Raises ValueError on SQLite, where every user that may write the file may change all of it.
    """
    engines = open_engines(url, pool_size=1)
    try:
        with engines.writers.begin() as connection:
            if connection.dialect.name != "postgresql":
                message = "SQLite has no roles: the user who may write to the file is its owner"
                raise ValueError(message)
            quoted = connection.dialect.identifier_preparer.quote(role)
            for statement in _grants(quoted):
                connection.execute(text(statement))
    finally:
        engines.dispose()


def _grants(role: str) -> Sequence[str]:
    schema = "DO $$ BEGIN EXECUTE format('{}', current_schema()); END $$"
    everything = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I"
    return (
        schema.format(f"GRANT USAGE ON SCHEMA %I TO {role}"),
        schema.format(f"GRANT {everything} TO {role}"),
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(_KEPT)} FROM {role}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {', '.join(_MIGRATED)} FROM {role}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON revision_counter FROM {role}",
        f"GRANT UPDATE ({', '.join(_COUNTED)}) ON revision_counter TO {role}",
        f"GRANT EXECUTE ON FUNCTION trim_changes(bigint), trim_refusals(bigint) TO {role}",
    )
