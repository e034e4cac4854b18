"""Compares two states of a schema: finds changes that can break code of the first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

_TRIGGERS = {
    "sqlite": "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT relname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger "
        "JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal "
        "AND relnamespace = current_schema()::regnamespace"
    ),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that statements rely on. required: an INSERT must give it a value."""

    kind: str
    nullable: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """Columns by name, and rules that rows have to keep, of each table."""

    columns: Mapping[str, Mapping[str, Column]]
    rules: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, connection: Connection) -> "Tables":
        """Read those of a database."""
        found = inspect(connection)
        columns, rules = {}, {}
        for table in found.get_table_names():
            columns[table] = {
                column["name"]: Column(
                    str(column["type"]),
                    column["nullable"],
                    required=not column["nullable"] and column["default"] is None,
                )
                for column in found.get_columns(table)
            }
            rules[table] = {
                f"primary key {found.get_pk_constraint(table)['constrained_columns']}",
                *(f"unique {each['column_names']}" for each in found.get_unique_constraints(table)),
                *(f"check {each['sqltext']}" for each in found.get_check_constraints(table)),
                *(
                    f"foreign key {each['constrained_columns']} {each['referred_table']}"
                    for each in found.get_foreign_keys(table)
                ),
                *(
                    f"unique index {each['column_names']}"
                    for each in found.get_indexes(table)
                    if each["unique"]
                ),
            }
        for table, definition in connection.execute(text(_TRIGGERS[connection.dialect.name])):
            rules[table].add(f"trigger {definition}")
        return cls(columns, {table: frozenset(each) for table, each in rules.items()})


def contractions(before: Tables, after: Tables) -> list[str]:
    """Return what code that was written for `before` can stumble over in `after`."""
    found = []
    for table, columns in before.columns.items():
        if table not in after.columns:
            found.append(f"{table} is gone")
            continue
        found += _of_columns(table, columns, after.columns[table])
        added = after.rules[table] - before.rules[table]
        found += [f"{table} has a new rule: {rule}" for rule in sorted(added)]
    return found


def _of_columns(
    table: str, before: Mapping[str, Column], after: Mapping[str, Column]
) -> Iterator[str]:
    for name, column in before.items():
        if name not in after:
            yield f"{table}.{name} is gone"
        elif after[name].kind != column.kind:
            yield f"{table}.{name} has another type"
        elif column.nullable and not after[name].nullable:
            yield f"{table}.{name} may not be NULL any more"
        elif after[name].required and not column.required:
            yield f"{table}.{name} has no default any more"
    for name, column in after.items():
        if name not in before and column.required:
            yield f"{table}.{name} is new and has no default"
