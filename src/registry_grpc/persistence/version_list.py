"""Lists of versions in any order, and of all models, in SQL: keys first, then their rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    func,
    literal,
    select,
    union_all,
)

from registry_grpc.domain.list_order import OrderTerm, SortValue
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import Version
from registry_grpc.persistence.candidates import versions_for
from registry_grpc.persistence.catalog_tables import (
    FOLLOWED,
    models,
    version_heads,
    version_metrics,
    versions,
)
from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.filter import VERSION_COLUMNS, condition, entry_of
from registry_grpc.persistence.list_order import SortedColumn, behind
from registry_grpc.persistence.state import ALIASES_OF_VERSION, alias_ids
from registry_grpc.persistence.version import SELECT_VERSIONS, version_of
from registry_grpc.services.ports.version_list import Place, SortKey, VersionQuery

_COLUMNS = {**VERSION_COLUMNS, "model": models.c.model_id}
_KEYS = select(versions.c.uid).join(version_heads, version_heads.c.uid == versions.c.uid)
_WITH_MODELS = _KEYS.join(models, models.c.uid == versions.c.model_uid)
_model_id: ColumnElement[str] = models.c.model_id
_number: ColumnElement[int] = versions.c.number
_PLACES = (
    select(_model_id, _number)
    .join_from(models, versions, versions.c.model_uid == models.c.uid)
    .order_by(_model_id, _number.desc())
)
_HEAD_FIELDS = frozenset({"update_time"})
_ROWS = SELECT_VERSIONS.add_columns(models.c.namespace, models.c.model_id, ALIASES_OF_VERSION).join(
    models, models.c.uid == version_heads.c.model_uid
)


class SqlVersionLists:
    """Implements `registry_grpc.services.ports.version_list.VersionLists`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def candidates(self, query: VersionQuery) -> Sequence[UUID] | None:
        """Return few versions with all that pass the filter; None where no index finds few."""
        return versions_for(self._connection, query.where, query.model)

    def newest_in_stages(self, model: Model, stages: Collection[str]) -> Sequence[UUID]:
        """Return the version with the highest number, active or deprecated, of each stage."""
        head = version_heads.c
        of_model = select(head.uid).where(head.model_uid == model.uid, FOLLOWED)
        newest = (
            of_model.where(head.stage == stage).order_by(head.number.desc()).limit(1).subquery()
            for stage in sorted(stages)
        )
        return self._connection.scalars(union_all(*(select(one.c.uid) for one in newest))).all()

    def ordered(
        self, query: VersionQuery, order: Sequence[OrderTerm], after: SortKey | None, limit: int
    ) -> Sequence[UUID]:
        """Return the matching versions after `after`, in this order, of at least one term."""
        if query.model is not None and order[0].key is not None:
            return self._by_metric(query, query.model, order, after, limit)
        statement = _selected(query, order[0].field)
        columns = [_sorted_column(term) for term in order]
        number = _number_of(order[0].field)
        ties: list[ColumnElement[Any]] = [number] if query.model else [_model_id, number]
        columns += [SortedColumn(tie, order[-1].descending) for tie in ties]
        behind_key = None if after is None else [*after.values, *after.place[-len(ties) :]]
        return self._read(statement, columns, behind_key, limit)

    def _by_metric(
        self,
        query: VersionQuery,
        model: Model,
        order: Sequence[OrderTerm],
        after: SortKey | None,
        limit: int,
    ) -> Sequence[UUID]:
        """Return the versions with the metric of the first term, by its index; then the others."""
        first, *rest = order
        tie = SortedColumn(versions.c.number, order[-1].descending)
        others = [*map(_sorted_column, rest), tie]
        key = None if after is None else [*after.values, after.place[1]]
        found: list[UUID] = []
        if key is None or key[0] is not None:
            metric = version_metrics.c
            of_model = (metric.model_uid == model.uid) & (metric.number == versions.c.number)
            statement = _selected(query).join(
                version_metrics, of_model & (metric.key == literal(first.key, BYTEWISE))
            )
            value = SortedColumn(metric.value, first.descending)
            if not rest:
                others = [SortedColumn(metric.number, first.descending)]
            found += self._read(statement, [value, *others], key, limit)
            key = None
        if len(found) < limit:
            without = _selected(query).where(_column(first).is_(None))
            others = [*map(_sorted_column, rest), tie]
            found += self._read(without, others, key and key[1:], limit - len(found))
        return found

    def _read(
        self,
        statement: Select[UUID],
        columns: Sequence[SortedColumn],
        after: Sequence[SortValue] | None,
        limit: int,
    ) -> Sequence[UUID]:
        if after is not None:
            statement = statement.where(*behind(columns, after))
        for column in columns:
            statement = statement.order_by(*column.order)
        return self._connection.scalars(statement.limit(limit)).all()

    def across(
        self, query: VersionQuery, after: Place | None, upto: Place | None, limit: int
    ) -> Sequence[UUID]:
        """Return the matching versions after `after`, up to `upto`, by model id, newest first."""
        statement = _selected(query).order_by(_model_id, _number.desc())
        found: list[UUID] = []
        for part in _parts(statement, after, upto):
            found += self._connection.scalars(part.limit(limit - len(found)))
            if len(found) == limit:
                break
        return found

    def place_behind(self, namespace: str, after: Place | None, count: int) -> Place | None:
        """Return the place `count` places after `after`, of all versions; None for fewer."""
        left = count
        for part in _parts(_PLACES.where(models.c.namespace == namespace), after):
            row = self._connection.execute(part.offset(left - 1).limit(1)).one_or_none()
            if row is not None:
                return row.model_id, row.number
            counted = part.with_only_columns(func.count()).order_by(None)
            left -= self._connection.scalar(counted) or 0
        return None

    def live(self, uids: Sequence[UUID], stage: str) -> Mapping[UUID, str]:
        """Return the namespaces of those of these that are live versions of live models."""
        head = version_heads.c
        statement = (
            select(head.uid, models.c.namespace)
            .join(models, models.c.uid == head.model_uid)
            .where(head.uid.in_(uids), head.delete_time.is_(None), models.c.delete_time.is_(None))
        )
        if stage:
            statement = statement.where(head.stage == stage)
        return {row.uid: row.namespace for row in self._connection.execute(statement)}

    def read(self, uids: Sequence[UUID]) -> Sequence[Version]:
        """Return those of these versions that exist, in this order, with aliases."""
        if not uids:
            return []
        found: dict[UUID, Version] = {}
        for row in self._connection.execute(_ROWS.where(version_heads.c.uid.in_(uids))):
            version = version_of(ModelName(row.namespace, row.model_id), row)
            found[row.uid] = replace(version, aliases=alias_ids(row.alias_ids))
        return [found[uid] for uid in uids if uid in found]


def _selected(query: VersionQuery, field: str = "") -> Select[UUID]:
    """Return the statement for the versions of a query. field: the first of the order."""
    if query.model is None:
        statement = _WITH_MODELS.where(
            models.c.namespace == query.namespace, models.c.ended_id.is_(None)
        )
    else:
        statement = _KEYS
    if query.among is not None:
        # They are few, and of the model.
        statement = statement.where(versions.c.uid.in_(query.among))
    elif query.model is not None:
        table = version_heads if field in _HEAD_FIELDS else versions
        statement = statement.where(table.c.model_uid == query.model.uid)
    if query.where is not None:
        statement = statement.where(condition(query.where, _COLUMNS))
    if query.show_deleted:
        return statement
    if query.model is None:
        statement = statement.where(models.c.delete_time.is_(None))
    return statement.where(version_heads.c.delete_time.is_(None))


def _parts(
    statement: Select[*tuple[Any, ...]], after: Place | None, upto: Place | None = None
) -> Iterator[Select[Any]]:
    """Yield the statement for each range of the index: the rest of a model, others, the last."""
    if after and upto and after[0] == upto[0]:
        yield statement.where(_model_id == after[0], _number < after[1], _number >= upto[1])
        return
    if after:
        yield statement.where(_model_id == after[0], _number < after[1])
        statement = statement.where(_model_id > after[0])
    if upto:
        yield statement.where(_model_id < upto[0])
        yield statement.where(_model_id == upto[0], _number >= upto[1])
    else:
        yield statement


def _number_of(field: str) -> ColumnElement[int]:
    """Return the number of a version, from the table whose index has an order by this field."""
    number: ColumnElement[int] = (version_heads if field in _HEAD_FIELDS else versions).c.number
    return number


def _sorted_column(term: OrderTerm) -> SortedColumn:
    return SortedColumn(_column(term), term.descending, term.key is not None)


def _column(term: OrderTerm) -> ColumnElement[Any]:
    if term.key is not None:
        return entry_of(versions.c.metrics, term.key, Double())
    return _COLUMNS[term.field]
