"""Triggers that protect rows against any SQL statement.

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
    """Reject lower counters and floors, and trimming of changes that are retained for watches."""
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


def keep_log_in_order(connection: Connection) -> None:
    """Refuse entries anywhere but at the end of the log, and a counter that runs ahead of it.

    A change takes the revision behind the counter's, the next ordinal and no earlier time; a
    denied request takes the next number, which the counter has given out. The counter goes to the
    next revision once that has entries, and its row stays.
    """
    for table, wrong in (
        ("changes", _CHANGE_OUT_OF_ORDER),
        ("moved_models", _MOVED_OUT_OF_ORDER),
        ("refusals", _REFUSAL_OUT_OF_ORDER),
    ):
        _refuse_row(connection, f"{table}_next", f"INSERT ON {table}", table, wrong)
    counter = "revision_counter"
    columns = "UPDATE OF revision, last_time ON revision_counter"
    _refuse_row(connection, f"{counter}_next", columns, counter, _COUNTER_OUT_OF_ORDER)
    _refuse_row(connection, f"{counter}_row", f"DELETE ON {counter}", counter, "OLD.id = 1")
    exists_already = "EXISTS (SELECT 1 FROM revision_counter)"
    _refuse_row(connection, f"{counter}_one", f"INSERT ON {counter}", counter, exists_already)


def keep_for_retention(connection: Connection) -> None:
    """Refuse floors above entries that the table `retention` keeps, by the database's clock."""
    columns = "UPDATE OF trimmed, refused_trimmed ON revision_counter"
    now = _NOW_ON_SQLITE if connection.dialect.name == "sqlite" else _NOW_ON_POSTGRESQL
    wrong = _TOO_YOUNG.format(now=now)
    _refuse_row(connection, "revision_counter_age", columns, "revision_counter", wrong)
    for event, table in (("DELETE", "OLD"), ("INSERT", "NEW")):
        there = "EXISTS (SELECT 1 FROM retention)"
        name, wrong = f"retention_{event.lower()}", f"{table}.id = 1 AND {there}"
        _refuse_row(connection, name, f"{event} ON retention", "retention", wrong)
    if connection.dialect.name == "postgresql":
        for table in ("revision_counter", "retention"):
            connection.execute(
                text(
                    f"CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_rows()"
                )
            )
        connection.execute(text(_TRIM_CHANGES))
        connection.execute(text(_TRIM_REFUSALS))
        for function in ("trim_changes", "trim_refusals"):
            connection.execute(text(f"REVOKE ALL ON FUNCTION {function}(bigint) FROM PUBLIC"))


def pin_guards(connection: Connection) -> None:
    """Let the guards of the trail read the registry's own tables, whatever a session shadows.

    PostgreSQL looks for a table among the temporary ones of the session first, which any role may
    create, and then along a search path that any role may set.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRESQL_PIN))


def _refuse_row(connection: Connection, name: str, event: str, table: str, wrong: str) -> None:
    """Refuse an event for a row of which the condition `wrong` holds; it may read other tables."""
    if connection.dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} cannot be changed so'); END"
        connection.execute(text(f"CREATE TRIGGER {name} BEFORE {event} WHEN {wrong} {refuse}"))
        return
    result = "OLD" if event.startswith("DELETE") else "NEW"
    connection.execute(text(_POSTGRESQL_ROW.format(name=name, wrong=wrong, result=result)))
    connection.execute(
        text(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION check_{name}()")
    )


_POSTGRESQL_ROW = """
CREATE FUNCTION check_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {wrong} THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN {result};
END
$$
"""
_CHANGE_OUT_OF_ORDER = (
    "NEW.revision <> (SELECT revision + 1 FROM revision_counter) "
    "OR NEW.time < (SELECT last_time FROM revision_counter) "
    "OR NEW.ordinal <> (SELECT coalesce(max(ordinal) + 1, 0) FROM changes "
    "WHERE revision = NEW.revision)"
)
_MOVED_OUT_OF_ORDER = (
    "NEW.revision <> (SELECT revision + 1 FROM revision_counter) OR NOT EXISTS "
    "(SELECT 1 FROM changes WHERE revision = NEW.revision AND ordinal = NEW.ordinal)"
)
_REFUSAL_OUT_OF_ORDER = (
    "NEW.number <> coalesce((SELECT max(number) FROM refusals), "
    "(SELECT refused_trimmed FROM revision_counter)) + 1 "
    "OR NEW.number > (SELECT refused FROM revision_counter)"
)
_COUNTER_OUT_OF_ORDER = (
    "NEW.last_time < OLD.last_time OR NOT (NEW.revision = OLD.revision OR "
    "(NEW.revision = OLD.revision + 1 AND EXISTS "
    "(SELECT 1 FROM changes WHERE revision = NEW.revision)))"
)
# Times increase with revisions and numbers, so a check of the newest entry to be trimmed is enough.
# The clocks of server and database may differ by five minutes.
_TOO_YOUNG = """
(NEW.trimmed > OLD.trimmed OR NEW.refused_trimmed > OLD.refused_trimmed) AND (
    (SELECT audit_days FROM retention) = 0
    OR (SELECT time FROM changes WHERE revision <= NEW.trimmed AND revision > OLD.trimmed
        ORDER BY revision DESC LIMIT 1)
        > {now} + 300000000 - (SELECT audit_days FROM retention) * 86400000000
    OR (SELECT time FROM refusals WHERE number <= NEW.refused_trimmed
        AND number > OLD.refused_trimmed ORDER BY number DESC LIMIT 1)
        > {now} + 300000000 - (SELECT audit_days FROM retention) * 86400000000
)
"""
_NOW_ON_SQLITE = "CAST(strftime('%s', 'now') AS INTEGER) * 1000000"
_NOW_ON_POSTGRESQL = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
# With the rights of the role that migrates: the role that serves need not have them.
_TRIM_CHANGES = """
CREATE FUNCTION trim_changes(floor bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE revision_counter SET trimmed = floor WHERE trimmed < floor;
    DELETE FROM moved_models WHERE revision <= floor;
    DELETE FROM changes WHERE revision <= floor;
END
$$
"""
_TRIM_REFUSALS = """
CREATE FUNCTION trim_refusals(floor bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE revision_counter SET refused_trimmed = floor WHERE refused_trimmed < floor;
    DELETE FROM refusals WHERE number <= floor;
END
$$
"""
_POSTGRESQL_PIN = """
DO $$
DECLARE guard regprocedure;
BEGIN
    FOR guard IN
        SELECT tgfoid FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace AND relname IN
            ('changes', 'moved_models', 'refusals', 'revision_counter', 'retention')
        UNION
        SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        AND proname IN ('trim_changes', 'trim_refusals')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp',
            guard, current_schema());
    END LOOP;
END
$$
"""


def fill_name_keys(connection: Connection) -> None:
    """Write the key of models whose server gives none: its ids are their own keys.

    Such a server learns of an equal id of another model as of its own: it recognises the violated
    constraint by its name on PostgreSQL, and by its columns on SQLite.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text(_SQLITE_NAME_KEY))
        return
    connection.execute(text(_POSTGRESQL_NAME_KEY))
    connection.execute(
        text(
            "CREATE TRIGGER models_name_key BEFORE INSERT ON models FOR EACH ROW "
            "WHEN (NEW.name_key IS NULL) EXECUTE FUNCTION fill_models_name_key()"
        )
    )
    connection.execute(text(_POSTGRESQL_PIN_NAME_KEY))


_SQLITE_NAME_KEY = """
CREATE TRIGGER models_name_key AFTER INSERT ON models WHEN NEW.name_key IS NULL BEGIN
    SELECT RAISE(ABORT, 'UNIQUE constraint failed: models.namespace, models.model_id')
    WHERE EXISTS (
        SELECT 1 FROM models WHERE namespace = NEW.namespace AND name_key = NEW.model_id
    );
    UPDATE models SET name_key = model_id WHERE uid = NEW.uid;
END
"""
# The index decides; the query is for the name of the constraint. All changes have one lock.
_POSTGRESQL_NAME_KEY = """
CREATE FUNCTION fill_models_name_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM models WHERE namespace = NEW.namespace AND name_key = NEW.model_id
    ) THEN
        RAISE EXCEPTION 'a model with an equal id exists' USING
            ERRCODE = 'unique_violation', CONSTRAINT = 'uq_models_namespace_model_id';
    END IF;
    NEW.name_key := NEW.model_id;
    RETURN NEW;
END
$$
"""
# As `pin_guards`: the registry's own table, whatever a session shadows.
_POSTGRESQL_PIN_NAME_KEY = """
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION fill_models_name_key() '
        'SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$$
"""
