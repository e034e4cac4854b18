"""Lists of models in any order, in SQL: keys first, then their rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from registry_grpc.domain.list_order import OrderTerm
from registry_grpc.domain.model import Model
from registry_grpc.persistence.candidates import models_for
from registry_grpc.persistence.catalog_tables import models
from registry_grpc.persistence.filter import MODEL_COLUMNS, condition
from registry_grpc.persistence.list_order import SortedColumn, behind
from registry_grpc.persistence.model import SELECT_MODELS, model_of
from registry_grpc.services.ports.model_list import ModelKey, ModelQuery


class SqlModelLists:
    """Implements `registry_grpc.services.ports.model_list.ModelLists`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ordered(
        self, query: ModelQuery, order: Sequence[OrderTerm], after: ModelKey | None, limit: int
    ) -> Sequence[UUID]:
        """Return the matching models after `after`, in this order, of at least one term."""
        statement = select(models.c.uid).where(
            models.c.namespace == query.namespace, models.c.ended_id.is_(None)
        )
        if query.among is not None:
            statement = statement.where(models.c.uid.in_(query.among))
        if query.where is not None:
            statement = statement.where(condition(query.where, MODEL_COLUMNS))
        if not query.show_deleted:
            statement = statement.where(models.c.delete_time.is_(None))
        columns = [SortedColumn(MODEL_COLUMNS[term.field], term.descending) for term in order]
        columns.append(SortedColumn(models.c.model_id, order[-1].descending))
        if after is not None:
            statement = statement.where(*behind(columns, [*after.values, after.model]))
        for column in columns:
            statement = statement.order_by(*column.order)
        return self._connection.scalars(statement.limit(limit)).all()

    def candidates(self, query: ModelQuery) -> Sequence[UUID] | None:
        """Return few models with all that pass the filter; None where no index finds few."""
        return models_for(self._connection, query.where)

    def read(self, uids: Sequence[UUID]) -> Sequence[Model]:
        """Return those of these models that exist, in this order."""
        rows = self._connection.execute(SELECT_MODELS.where(models.c.uid.in_(uids)))
        found = {row.uid: model_of(row) for row in rows}
        return [found[uid] for uid in uids if uid in found]
