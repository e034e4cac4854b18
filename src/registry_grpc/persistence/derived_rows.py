"""Triggers that write what lists search by: keys of annotations, entries of versions, activity.

They write it for servers of every release. Migrations call these, so what they emit never changes.
"""

from sqlalchemy import Connection, text


def derive_keys_of_annotations(connection: Connection) -> None:
    """Fill `model_uid`, of annotations of versions, and `value_prefix`, now and with new rows."""
    connection.execute(text(_KEYS_OF_ANNOTATIONS))
    prefix = "substr(NEW.value, 1, 64)"
    model = "(SELECT model_uid FROM version_heads WHERE uid = NEW.uid)"
    if connection.dialect.name == "sqlite":
        keys = f"SET model_uid = {model}, value_prefix = {prefix}"
        update = f"UPDATE annotations {keys} WHERE uid = NEW.uid AND key = NEW.key;"
        _after(connection, "fill_annotations", "INSERT ON annotations", update)
    else:
        fill = f"NEW.value_prefix := {prefix}; NEW.model_uid := {model};"
        _before(connection, "fill_annotations", "INSERT ON annotations", fill)


def derive_activity(connection: Connection) -> None:
    """Fill `activity_time` of models whose server gives none, now and with each new model."""
    update = "UPDATE models SET activity_time = update_time WHERE activity_time IS NULL"
    connection.execute(text(update))
    event, when = "INSERT ON models", "NEW.activity_time IS NULL"
    if connection.dialect.name == "sqlite":
        _after(connection, "fill_activity", event, f"{update} AND uid = NEW.uid;", when)
    else:
        fill = "NEW.activity_time := NEW.update_time;"
        _before(connection, "fill_activity", event, fill, when)


def derive_metrics(connection: Connection) -> None:
    """Write the rows of `version_metrics`, now and with each new version."""
    _derive(connection, "versions", "metrics", _METRICS)


def derive_labels_and_tags(connection: Connection) -> None:
    """Write the rows of `version_entries`, now and with each new version and change of labels."""
    _derive(connection, "versions", "tags", _ENTRIES.replace("{field}", "tags"))
    labels = _ENTRIES.replace("{field}", "labels")
    _derive(connection, "version_heads", "labels", labels)
    each = _EACH[connection.dialect.name]
    remove = _REMOVE_LABELS.format(entries=each.format("OLD.labels"))
    write = labels.format(row="NEW", entries=each.format("NEW.labels"))
    event = "UPDATE OF labels ON version_heads"
    _after(connection, "change_labels", event, f"{remove}; {write};", "OLD.labels <> NEW.labels")


def _derive(connection: Connection, table: str, column: str, statement: str) -> None:
    """Write rows for the entries of a column of JSON objects, now and with each new row."""
    each = _EACH[connection.dialect.name]
    entries = f"{table} AS stored, {each.format(f'stored.{column}')}"
    connection.execute(text(statement.format(row="stored", entries=entries)))
    write = statement.format(row="NEW", entries=each.format(f"NEW.{column}"))
    _after(connection, f"write_{column}", f"INSERT ON {table}", f"{write};")


def _before(connection: Connection, name: str, event: str, statements: str, when: str = "") -> None:
    """Change a new row before an event, on PostgreSQL."""
    _on_postgresql(connection, name, f"BEFORE {event}", f"{statements} RETURN NEW;", when)


def _after(connection: Connection, name: str, event: str, statements: str, when: str = "") -> None:
    """Run statements after an event of a row."""
    if connection.dialect.name == "sqlite":
        condition = f"WHEN {when}" if when else ""
        trigger = f"CREATE TRIGGER {name} AFTER {event} {condition} BEGIN {statements} END"
        connection.execute(text(trigger))
        return
    _on_postgresql(connection, name, f"AFTER {event}", f"{statements} RETURN NULL;", when)


def _on_postgresql(
    connection: Connection, name: str, event: str, statements: str, when: str
) -> None:
    """Create a trigger with the rights of the role that migrates.

    Roles that serve with earlier releases have no rights on the tables that it may write to.
    """
    connection.execute(text(_POSTGRESQL_FUNCTION.format(name=name, statements=statements)))
    connection.execute(text(_POSTGRESQL_PIN.format(name=name)))
    condition = f"WHEN ({when})" if when else ""
    trigger = f"CREATE TRIGGER {name} {event} FOR EACH ROW {condition}"
    connection.execute(text(f"{trigger} EXECUTE FUNCTION {name}()"))


_EACH = {"sqlite": "json_each({})", "postgresql": "jsonb_each_text({})"}
_METRICS = """
INSERT INTO version_metrics (model_uid, key, value, number)
SELECT {row}.model_uid, entry.key, CAST(entry.value AS double precision), {row}.number
FROM {entries} AS entry
"""
_ENTRIES = """
INSERT INTO version_entries (field, key, value, model_uid, number)
SELECT '{field}', entry.key, entry.value, {row}.model_uid, {row}.number
FROM {entries} AS entry
"""
_REMOVE_LABELS = """
DELETE FROM version_entries
WHERE field = 'labels' AND (key, value) IN (SELECT entry.key, entry.value FROM {entries} AS entry)
AND model_uid = NEW.model_uid AND number = NEW.number
"""
_KEYS_OF_ANNOTATIONS = """
UPDATE annotations SET value_prefix = substr(value, 1, 64), model_uid =
    (SELECT head.model_uid FROM version_heads head WHERE head.uid = annotations.uid)
"""
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    {statements}
END
$$
"""
# The registry's own tables, whatever a session shadows; see `guards.pin_guards`.
_POSTGRESQL_PIN = """
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION {name}() SET search_path = pg_catalog, %I, pg_temp',
        current_schema());
END
$$
"""
