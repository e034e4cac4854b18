"""The names that models had, in SQL: former names, and names of purged models.

A model has rows here only once it was renamed or its name was given to another model: then one for
each of its names, from the time it got it. Any other model has had the name in `models` since its
creation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, select, update

from registry_grpc.domain.errors import ModelAlreadyExists
from registry_grpc.domain.id_text import name_key
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName
from registry_grpc.persistence.catalog_tables import MODEL_ID, model_names, models
from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.failures import refusing
from registry_grpc.persistence.model import SELECT_MODELS, model_of

_MOST_SPELLINGS: Final = 100
_ROW = model_names.c
_KEY = (_ROW.namespace == bindparam("namespace")) & (_ROW.name_key == bindparam("name_key"))
_NEWEST = (_ROW.time.desc(), _ROW.revision.desc())
_NEVER_RENAMED = ~exists().where(_ROW.model_uid == models.c.uid)
_HAD_IT = exists().where(
    _ROW.model_uid == models.c.uid,
    _ROW.namespace == bindparam("namespace"),
    _ROW.model_id == bindparam("model_id"),
)
_HAS_THE_KEY = (models.c.namespace == bindparam("namespace")) & (
    models.c.name_key == bindparam("name_key")
)
_LAST = select(_ROW.model_uid).where(_KEY).order_by(*_NEWEST).limit(1).scalar_subquery()
_HOLDER = select(models.c.uid).where(_HAS_THE_KEY).scalar_subquery()
# One that has the key now has the name in another spelling.
_RENAMED = SELECT_MODELS.where(models.c.uid == func.coalesce(_HOLDER, _LAST), _HAD_IT)
_OTHER_SPELLINGS = (
    select(_ROW.model_uid, _ROW.model_id)
    .where(_KEY, _ROW.model_uid == _LAST, ~exists().where(_HAS_THE_KEY))
    .group_by(_ROW.model_uid, _ROW.model_id)
    .order_by(func.max(_ROW.revision).desc())
    .limit(_MOST_SPELLINGS + 1)  # it may be one of them as it is spelt
)
_LAST_THEN = (
    select(_ROW.model_uid, _ROW.time)
    .where(_KEY, _ROW.time <= bindparam("moment"))
    .order_by(*_NEWEST)
    .limit(1)
)
_FIRST_THEN = select(models.c.uid, models.c.model_id, models.c.create_time).where(
    _HAS_THE_KEY, models.c.create_time <= bindparam("moment"), _NEVER_RENAMED
)
_BY_UID = SELECT_MODELS.where(models.c.uid == bindparam("uid"))
_SPANS = select(_ROW.model_id, _ROW.time).where(_ROW.model_uid == bindparam("uid"))


@dataclass(frozen=True, slots=True)
class Span:
    """A name that a model had since a time; None for as long as it exists."""

    name: ModelName
    since: datetime | None


class SqlModelNames:
    """Implements `registry_grpc.services.ports.catalog.ModelNames`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def renamed(self, name: ModelName) -> Model | None:
        """Return the model that had this name last; None if it never was one, or has a holder."""
        row = self._connection.execute(_RENAMED, _parameters(name)).one_or_none()
        return None if row is None else model_of(row)

    def redirects(self, name: ModelName) -> tuple[UUID, Sequence[ModelName]] | None:
        """Return the model that had this name last, in any spelling, and its other spellings of it.

        The latest first, at most 100. None if a model has the name now, or none ever had it.
        """
        rows = self._connection.execute(_OTHER_SPELLINGS, _parameters(name)).all()
        if not rows:
            return None
        spelt = [ModelName(name.namespace, row.model_id) for row in rows]
        others = [each for each in spelt if each != name]
        return rows[0].model_uid, others[:_MOST_SPELLINGS]

    def holder(self, name: ModelName, moment: datetime) -> Model | None:
        """Return the model that `name` led to at `moment`, with its name of then, or None."""
        key = {**_parameters(name), "moment": moment}
        last = self._connection.execute(_LAST_THEN, key).one_or_none()
        first = self._connection.execute(_FIRST_THEN, key).one_or_none()
        if first is not None and (last is None or first.create_time > last.time):
            uid = first.uid if first.model_id == name.model else None
        else:
            uid = None if last is None else last.model_uid
        if uid is None:
            return None
        model = model_of(self._connection.execute(_BY_UID, {"uid": uid}).one())
        names = [
            span.name
            for span in spans(self._connection, model)
            if span.since is None or span.since <= moment
        ]
        return replace(model, name=names[0]) if name in names else None

    def rename(self, before: Model, after: Model) -> None:
        """Store the name of `after` from its update_time on; raise ModelAlreadyExists."""
        self._begin(before)
        row = _row(after.name, after.update_time)
        values = {"model_uid": after.uid, "revision": after.revision, **row}
        self._connection.execute(insert(model_names), values)
        self._store(after, after.name.model, name_key=name_key(after.name.model))

    def end(self, model: Model) -> None:
        """Let other models have the name of a purged one, which keeps it as its last name."""
        self._begin(model)
        text = f"@{model.uid}"
        self._store(model, text, name_key=text, ended_id=model.name.model)

    def _store(self, model: Model, model_id: str, **values: str) -> None:
        statement, refusal = update(models), ModelAlreadyExists(str(model.name))
        statement = statement.where(models.c.uid == model.uid)
        with (
            refusing("uq_models_namespace_name_key", refusal),
            refusing("uq_models_namespace_model_id", refusal),
        ):
            self._connection.execute(statement.values(model_id=model_id, **values))

    def _begin(self, model: Model) -> None:
        if self._connection.execute(_SPANS.limit(1), {"uid": model.uid}).one_or_none() is None:
            row = _row(model.name, model.create_time)
            values = {"model_uid": model.uid, "revision": 0, **row}
            self._connection.execute(insert(model_names), values)


def spans(connection: Connection, model: Model) -> Sequence[Span]:
    """Return the names of a model with the time from which it had each, newest first."""
    rows = connection.execute(_SPANS.order_by(*_NEWEST), {"uid": model.uid}).all()
    space = model.name.namespace
    return [Span(ModelName(space, row.model_id), row.time) for row in rows] or [
        Span(model.name, None)
    ]


def id_at(moment: datetime) -> ColumnElement[str]:
    """Return the id that a row of `models` had at `moment`, as SQL."""
    then = (
        select(_ROW.model_id)
        .where(_ROW.model_uid == models.c.uid, _ROW.time <= moment)
        .order_by(*_NEWEST)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(then, MODEL_ID, type_=BYTEWISE)


def _parameters(name: ModelName) -> dict[str, str]:
    key = name_key(name.model)
    return {"namespace": name.namespace, "model_id": name.model, "name_key": key}


def _row(name: ModelName, time: datetime) -> dict[str, object]:
    return {**_parameters(name), "time": time}
