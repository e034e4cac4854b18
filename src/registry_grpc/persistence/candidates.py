"""Few rows that a filter can pass, found by an index: a list then reads these and no others.

Databases do not know how many rows a comparison leaves. So each comparison with an index is tried,
up to a number of rows: one that leaves more does not narrow the list much, and its rows are found
soon in the list's own order.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Double, Select, Table, literal, select, union_all

from registry_grpc.domain.digest import PREFIX, Digest
from registry_grpc.domain.filter import And, Comparison, Node
from registry_grpc.domain.model import Model
from registry_grpc.persistence.annotation import PREFIX_CHARACTERS, annotations
from registry_grpc.persistence.catalog_tables import (
    version_entries,
    version_heads,
    version_metrics,
    versions,
)
from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.filter import OPERATORS, condition

MOST = 256
_MOST_TRIED = 4
_DIGEST_LENGTH = len(PREFIX) + 64
_OF_SOURCE = {"run_id": versions.c.run_id, "source.uri": versions.c.source_uri}
_ENTRIES = frozenset({"labels", "tags"})
_RANGES = frozenset({"=", "<", "<=", ">", ">="})

Found = Sequence[Select[UUID]]
"""Statements whose rows together are the candidates."""


def versions_for(
    connection: Connection, where: Node | None, model: Model | None
) -> Sequence[UUID] | None:
    """Return at most MOST versions with all that pass the filter; None where no index finds few.

    model: whose versions; None for those of all, in every namespace.
    """
    return _few(connection, (_versions(one, model) for one in _required(where)))


def models_for(connection: Connection, where: Node | None) -> Sequence[UUID] | None:
    """Return at most MOST models, of every namespace, with all that pass; otherwise as above."""
    tried = (_annotated(one, [annotations.c.model_uid.is_(None)]) for one in _required(where))
    return _few(connection, tried)


def _few(connection: Connection, tried: Iterator[Found]) -> Sequence[UUID] | None:
    left = _MOST_TRIED
    for found in tried:
        if not found:
            continue
        # Of a union, SQLite stops where the limit is reached.
        rows = found[0] if len(found) == 1 else union_all(*found)
        uids = connection.scalars(rows.limit(MOST + 1)).all()
        if len(uids) <= MOST:
            return uids
        left -= 1
        if left == 0:
            break
    return None


def _required(where: Node | None) -> Iterator[Comparison]:
    """Yield comparisons that hold for every row that passes."""
    match where:
        case Comparison():
            yield where
        case And(items):
            for item in items:
                yield from _required(item)


def _versions(one: Comparison, model: Model | None) -> Found:
    if one.field == "annotations":
        entry = annotations.c.model_uid
        return _annotated(one, [entry.is_not(None) if model is None else entry == model.uid])
    if one.field in _OF_SOURCE and one.operator == "=" and isinstance(one.value, str):
        # Versions that earlier releases registered have it elsewhere.
        stored = _OF_SOURCE[one.field]
        wanted = [stored == literal(one.value, BYTEWISE), stored.is_(None)]
        scope = [] if model is None else [versions.c.model_uid == model.uid]
        return [select(versions.c.uid).where(each, *scope) for each in wanted]
    if one.field in _ENTRIES:
        return _entered(one, model)
    return () if model is None else _versions_of(one, model)


def _versions_of(one: Comparison, model: Model) -> Found:
    """Return statements for what has an index by model only."""
    head, version = version_heads.c, versions.c
    of_model = select(head.uid).where(head.model_uid == model.uid)
    match one.field, one.operator, one.value:
        case "metrics", _, _:
            return _measured(one, model)
        case "number", operator, _ if operator in _RANGES:
            return [of_model.where(condition(one, {"number": head.number}))]
        case "stage", "=", stage:
            return [of_model.where(head.stage == str(stage))]
        case "root_digest", "=", str(digest) if len(digest) == _DIGEST_LENGTH:
            same = version.root_digest == Digest(digest.removeprefix(PREFIX))
            return [select(version.uid).where(version.model_uid == model.uid, same)]
    return ()


def _annotated(one: Comparison, scope: Sequence[ColumnElement[bool]]) -> Found:
    is_exact = one.operator == "=" and isinstance(one.value, str)
    if one.field != "annotations" or one.key is None or not is_exact:
        return ()
    entry = annotations.c
    key = entry.key == literal(one.key, BYTEWISE)
    return [select(entry.uid).where(key, entry.value_prefix == _prefix(str(one.value)), *scope)]


def _entered(one: Comparison, model: Model | None) -> Found:
    if one.key is None or one.operator != "=" or not isinstance(one.value, str):
        return ()
    entry = version_entries.c
    statement = _named_by(version_entries).where(
        entry.field == literal(one.field, BYTEWISE),
        entry.key == literal(one.key, BYTEWISE),
        entry.value == literal(one.value, BYTEWISE),
    )
    return [statement if model is None else statement.where(entry.model_uid == model.uid)]


def _measured(one: Comparison, model: Model) -> Found:
    if one.key is None or one.operator not in _RANGES or not isinstance(one.value, float):
        return ()
    metric = version_metrics.c
    return [
        _named_by(version_metrics).where(
            metric.model_uid == model.uid,
            metric.key == literal(one.key, BYTEWISE),
            OPERATORS[one.operator](metric.value, literal(one.value, Double())),
        )
    ]


def _named_by(table: Table) -> Select[UUID]:
    """Return the statement for the versions that rows name by model and number."""
    same = (versions.c.model_uid == table.c.model_uid) & (versions.c.number == table.c.number)
    return select(versions.c.uid).join_from(table, versions, same)


def _prefix(text: str) -> ColumnElement[Any]:
    return literal(text[:PREFIX_CHARACTERS], BYTEWISE)
