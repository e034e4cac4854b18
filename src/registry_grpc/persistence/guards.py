"""Triggers that keep rows as they are, whoever writes the SQL.

Migrations call these, so what they emit never changes: a new rule is a new function.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

_POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_to_change_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % cannot be changed: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def create_refusal(connection: Connection) -> None:
    """Create what the triggers call; needed once, before the first of them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRESQL_FUNCTION))


def keep_rows(
    connection: Connection, table: str, *keys: Sequence[str], removable: bool = False
) -> None:
    """Refuse UPDATE on `table` and, unless rows are `removable`, DELETE and TRUNCATE.

    keys: the columns of the primary key and of each unique constraint.
    """
    if connection.dialect.name == "postgresql":
        _keep_on_postgresql(connection, table, removable=removable)
    else:
        _keep_on_sqlite(connection, table, keys, removable=removable)


def _keep_on_postgresql(connection: Connection, table: str, *, removable: bool) -> None:
    events = "UPDATE" if removable else "UPDATE OR DELETE OR TRUNCATE"
    connection.execute(
        text(
            f"CREATE TRIGGER {table}_keep BEFORE {events} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_rows()"
        )
    )


def _keep_on_sqlite(
    connection: Connection, table: str, keys: Sequence[Sequence[str]], *, removable: bool
) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} cannot be changed'); END"
    for event in ("UPDATE",) if removable else ("UPDATE", "DELETE"):
        name = f"{table}_keep_{event.lower()}"
        connection.execute(text(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {refuse}"))
    # INSERT OR REPLACE deletes the old row without asking the trigger above.
    taken = " OR ".join(_taken(table, key) for key in keys)
    connection.execute(
        text(f"CREATE TRIGGER {table}_keep_insert BEFORE INSERT ON {table} WHEN {taken} {refuse}")
    )


def _taken(table: str, key: Sequence[str]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of our own tables


def keep_rows_above(connection: Connection, table: str, place: str, floor: str) -> None:
    """Refuse to delete rows of `table` whose `place` is above a floor of revision_counter.

    To be called for a table whose rows are `removable`, which refuses nothing but UPDATE.
    """
    # Names of our own tables and columns.
    kept = f"{place} > (SELECT {floor} FROM revision_counter)"  # noqa: S608
    if connection.dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} cannot be changed: kept'); END"
        name = f"{table}_keep_delete BEFORE DELETE ON {table}"
        connection.execute(text(f"CREATE TRIGGER {name} WHEN OLD.{kept} {refuse}"))
        return
    connection.execute(text(_POSTGRESQL_ABOVE.format(table=table, kept=kept)))
    connection.execute(
        text(
            f"CREATE TRIGGER {table}_keep_kept AFTER DELETE ON {table} "
            "REFERENCING OLD TABLE AS gone "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_remove_kept_{table}()"
        )
    )
    connection.execute(
        text(
            f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_rows()"
        )
    )


_POSTGRESQL_ABOVE = """
CREATE FUNCTION refuse_to_remove_kept_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone WHERE {kept}) THEN
        RAISE EXCEPTION 'rows of % cannot be changed: kept', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
"""

_FALLING = (
    "NEW.trimmed < OLD.trimmed OR NEW.trimmed > NEW.compacted OR NEW.refused < OLD.refused "
    "OR NEW.refused_trimmed < OLD.refused_trimmed OR NEW.refused_trimmed > NEW.refused"
)


def keep_floors(connection: Connection) -> None:
    """Refuse to lower what counts refused calls or lets go, or to let go of what is watched."""
    columns = "trimmed, refused, refused_trimmed"
    event = f"revision_counter_keep BEFORE UPDATE OF {columns} ON revision_counter"
    if connection.dialect.name == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'floors of revision_counter cannot be changed so'); END"
        connection.execute(text(f"CREATE TRIGGER {event} WHEN {_FALLING} {refuse}"))
        return
    connection.execute(
        text(
            f"CREATE TRIGGER {event} FOR EACH ROW WHEN ({_FALLING}) "
            "EXECUTE FUNCTION refuse_to_change_rows()"
        )
    )
