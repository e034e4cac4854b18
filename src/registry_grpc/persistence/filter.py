"""Filters in SQL: the tree that `registry_grpc.domain.filter` parsed becomes a condition.

Annotations are in a table of their own. Every comparison is true or false, never NULL: on a map's
key that is missing it is false, so NOT of it is true. Text compares by bytes, or as a number with a
number; `:` finds a part of a text, whatever the case of its ASCII letters.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from registry_grpc.domain.filter import ILIKE, LIKE, And, Comparison, Node, Not, Or
from registry_grpc.domain.filter_value import Value, Wildcard
from registry_grpc.persistence.annotation import annotations
from registry_grpc.persistence.catalog_tables import (
    DESCRIPTION,
    models,
    version_heads,
    versions,
)
from registry_grpc.persistence.columns import BYTEWISE, Moment
from registry_grpc.persistence.filter_text import Counted, NumberOrder, Place, like, matches

Columns = Mapping[str, ColumnElement[Any]]

MODEL_COLUMNS: Columns = {
    "id": models.c.model_id,
    "description": models.c.description,
    "owner": models.c.owner,
    "creator": models.c.creator,
    "create_time": models.c.create_time,
    "update_time": models.c.update_time,
    "activity_time": models.c.activity_time,
    "labels": models.c.labels,
    "annotations": models.c.uid,
}


def _of_source(recorded: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """Return a text of the source; '' for none.

    Versions that earlier releases registered have it in their detail only.
    """
    stored = versions.c.detail["source", name].as_string()
    return func.coalesce(recorded, cast(stored, BYTEWISE), literal("", BYTEWISE))


_BY_REFERENCE = case(
    ((versions.c.file_count == 0) & version_heads.c.ensemble.is_(None), 1), else_=0
)
VERSION_COLUMNS: Columns = {
    "number": versions.c.number,
    "size_bytes": versions.c.size,
    "file_count": versions.c.file_count,
    "description": DESCRIPTION,
    "creator": versions.c.creator,
    "stage": version_heads.c.stage,
    "state": version_heads.c.state,
    "root_digest": literal("sha256:", BYTEWISE).concat(cast(versions.c.root_digest, BYTEWISE)),
    "create_time": versions.c.create_time,
    "update_time": version_heads.c.update_time,
    "source.uri": _of_source(versions.c.source_uri, "uri"),
    "run_id": _of_source(versions.c.run_id, "run_id"),
    "by_reference": _BY_REFERENCE,
    "labels": version_heads.c.labels,
    "tags": versions.c.tags,
    "params": versions.c.params,
    "annotations": versions.c.uid,
    "metrics": versions.c.metrics,
}

# Quotes, backslashes and control characters are written otherwise in JSON than in a path.
_UNNAMEABLE = re.compile(r'["\\\x00-\x1f\x7f]')
_LARGEST_INTEGER = 2**63
OPERATORS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def condition(node: Node, columns: Columns) -> ColumnElement[bool]:
    """Return the tree as a condition over `columns`; fields not in there raise KeyError."""
    match node:
        case And(items):
            return and_(*(condition(item, columns) for item in items))
        case Or(items):
            return or_(*(condition(item, columns) for item in items))
        case Not(item):
            return not_(condition(item, columns))
        case Comparison():
            return _comparison(node, columns)


def _comparison(node: Comparison, columns: Columns) -> ColumnElement[bool]:
    column = columns[node.field]
    if node.field == "annotations":
        return _annotated(column, node.key, node.operator, node.value)
    if node.field == "description":
        return Counted(column, _compare(column, node.operator, node.value))
    if node.field not in _MAPS:
        return _compare(column, node.operator, node.value)
    if node.key is None:
        return _entry(column, str(node.value)).is_not(None)
    return _compare_entry(column, node.key, node.operator, node.value)


_MAPS = frozenset({"labels", "tags", "params", "metrics"})


class _MapEntry(FunctionElement[str]):
    """The value of a key in a JSON object, as text; NULL when it is missing.

    SQLite takes it by its path: a document is parsed once for all comparisons of a row.
    """

    type = String()
    inherit_cache = True


class _QuotedMapEntry(_MapEntry):
    """The same for a key that no path of SQLite can name: there the entries are searched."""

    inherit_cache = True


def entry_of(column: ColumnElement[Any], key: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Return the value of a key in a column of JSON objects; NULL when it is missing."""
    return cast(_entry(column, key), kind)


def _entry(column: ColumnElement[Any], key: str) -> ColumnElement[Any]:
    if _UNNAMEABLE.search(key):
        return _QuotedMapEntry(column, literal(key, String()))
    return _MapEntry(column, literal(key, String()))


@compiles(_MapEntry, "sqlite")
def _sqlite_entry(element: _MapEntry, compiler: SQLCompiler, **options: object) -> str:
    document, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({document}, '$.\"' || {key} || '\"')"


@compiles(_QuotedMapEntry, "sqlite")
def _sqlite_quoted_entry(element: _MapEntry, compiler: SQLCompiler, **options: object) -> str:
    document, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(SELECT value FROM json_each({document}) WHERE key = {key})"  # noqa: S608 - compiled


@compiles(_MapEntry, "postgresql")
def _postgresql_entry(element: _MapEntry, compiler: SQLCompiler, **options: object) -> str:
    document, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({document} ->> {key})"


def _annotated(
    uid: ColumnElement[Any], key: str | None, sign: str, value: Value
) -> ColumnElement[bool]:
    """Return whether a resource has an annotation with this key, and such a value."""
    entry = annotations.c
    found = exists().where(entry.uid == uid, entry.key == literal(key or str(value), BYTEWISE))
    if key is None:
        return found
    return found.where(Counted(entry.value, _compare(entry.value, sign, value)))


def _compare_entry(
    column: ColumnElement[Any], key: str, sign: str, value: Value
) -> ColumnElement[bool]:
    kind = Double() if isinstance(value, float) else BYTEWISE
    entry = entry_of(column, key, kind)
    return func.coalesce(_compare(entry, sign, value), false())


def _compare(column: ColumnElement[Any], sign: str, value: Value) -> ColumnElement[bool]:
    if isinstance(value, Decimal):
        order = NumberOrder(column, literal(str(value), String()))
        # Of texts that are no numbers the order is NULL.
        return func.coalesce(OPERATORS[sign](order, literal_column("0")), false())
    if isinstance(value, Wildcard):
        found = matches(column, value)
        return not_(found) if sign == "!=" else found
    if isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
        return literal(bool(OPERATORS[sign](0, value)))
    if sign in {LIKE, ILIKE}:
        return like(column, str(value), ignore_case=sign == ILIKE)
    if sign == ":" and isinstance(value, str):
        part = func.lower(literal(value, BYTEWISE))
        return Place(func.lower(column), part) > 0
    return OPERATORS[sign](column, _operand(value))


def _operand(value: str | float | datetime) -> ColumnElement[Any]:
    if isinstance(value, str):
        return literal(value, BYTEWISE)
    if isinstance(value, datetime):
        return literal(value, Moment())
    return literal(value, BigInteger() if isinstance(value, int) else Double())
