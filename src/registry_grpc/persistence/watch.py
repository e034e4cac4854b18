"""The rule of `registry_grpc.domain.watch` as SQL."""

from sqlalchemy import ColumnElement, Text, and_, column, func, or_, select, true, values

from registry_grpc.domain.watch import Wanted
from registry_grpc.persistence.tables import changes


def is_wanted(wanted: Wanted) -> ColumnElement[bool]:
    """Return whether a change is of a resource that `wanted.matches`."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.namespace is not None:
        conditions.append(changes.c.namespace == wanted.namespace)
    if wanted.models or wanted.prefixes:
        conditions.append(or_(*_named(changes.c.name, wanted)))
    return and_(true(), *conditions)


def _named(name: ColumnElement[str], wanted: Wanted) -> list[ColumnElement[bool]]:
    # Functions of the name, which no index has: the log is read in its order, whatever is wanted.
    alternatives: list[ColumnElement[bool]] = []
    if wanted.models:
        alternatives.append(name.in_(sorted(wanted.models)))
        inside = [f"{model}/" for model in sorted(wanted.models)]
        alternatives.append(_folder(_folder(name)).in_(inside))
    if wanted.prefixes:
        # Rows, and not one condition for each: SQLite nests at most 1,000 conditions.
        rows = values(column("prefix", Text), name="asked").data([(p,) for p in wanted.prefixes])
        asked = rows.cte("asked").c.prefix
        start = func.substr(name, 1, func.length(asked), type_=Text())
        alternatives.append(select(asked).where(start == asked).exists())
    return alternatives


def _folder(path: ColumnElement[str]) -> ColumnElement[str]:
    """Everything up to the last slash but one at the end: `a/b/c`, `a/b/c/` → `a/b/`."""
    trimmed = func.rtrim(path, "/", type_=Text())
    return func.rtrim(trimmed, func.replace(trimmed, "/", ""), type_=Text())
