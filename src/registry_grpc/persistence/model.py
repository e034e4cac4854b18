"""Models in SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from registry_grpc.domain.errors import ModelAlreadyExists, ModelNotFound
from registry_grpc.domain.filter import Node
from registry_grpc.domain.id_text import name_key
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import ModelName
from registry_grpc.persistence.annotation import SqlAnnotations, brief_of
from registry_grpc.persistence.catalog_tables import (
    FOLLOWED,
    model_lifecycle,
    models,
    version_heads,
)
from registry_grpc.persistence.failures import refusing
from registry_grpc.persistence.filter import MODEL_COLUMNS, condition

_LATEST = (
    select(func.coalesce(func.max(version_heads.c.number), 0))
    .where(version_heads.c.model_uid == models.c.uid, FOLLOWED)
    .scalar_subquery()
    .label("latest")
)
SELECT_MODELS = select(models, _LATEST)
_NAMED = (models.c.namespace == bindparam("namespace")) & (
    models.c.model_id == bindparam("model_id")
)
_GET = SELECT_MODELS.where(_NAMED)
_EQUAL = SELECT_MODELS.where(
    models.c.namespace == bindparam("namespace"), models.c.name_key == bindparam("name_key")
)
MODEL_UID = select(models.c.uid).where(_NAMED).scalar_subquery()
_WAS_DELETED = (
    select(model_lifecycle.c.deleted)
    .where(
        model_lifecycle.c.model_uid == bindparam("uid"),
        model_lifecycle.c.time <= bindparam("moment"),
    )
    .order_by(model_lifecycle.c.time.desc(), model_lifecycle.c.revision.desc())
    .limit(1)
)


def named(name: ModelName) -> dict[str, str]:
    """Return the parameters of MODEL_UID, the subquery for a model's uid."""
    return {"namespace": name.namespace, "model_id": name.model}


class SqlModels:
    """Implements `registry_grpc.services.ports.catalog.Models`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: ModelName) -> Model | None:
        """Return a model, or None."""
        row = self._connection.execute(_GET, named(name)).one_or_none()
        return None if row is None else model_of(row)

    def equal(self, name: ModelName) -> Model | None:
        """Return the model whose id has the key of this one's, or None."""
        values = {"namespace": name.namespace, "name_key": name_key(name.model)}
        row = self._connection.execute(_EQUAL, values).one_or_none()
        return None if row is None else model_of(row)

    def with_annotations(self, found: Sequence[Model]) -> Sequence[Model]:
        """Return these models with the pairs of their annotations."""
        store = SqlAnnotations(self._connection)
        read = store.read({model.uid: model.annotations for model in found})
        return [replace(model, annotations=read[model.uid]) for model in found]

    def page(
        self,
        namespace: str,
        where: Node | None,
        after: str | None,
        limit: int,
        *,
        show_deleted: bool,
        upto: str | None = None,
    ) -> Sequence[Model]:
        """Return models after the id `after`, up to `upto`, that match the filter, by id."""
        statement = SELECT_MODELS.where(
            models.c.namespace == namespace, models.c.ended_id.is_(None)
        )
        if after is not None:
            statement = statement.where(models.c.model_id > after)
        if upto is not None:
            statement = statement.where(models.c.model_id <= upto)
        if where is not None:
            statement = statement.where(condition(where, MODEL_COLUMNS))
        if not show_deleted:
            statement = statement.where(models.c.delete_time.is_(None))
        statement = statement.order_by(models.c.model_id).limit(limit)
        return [model_of(row) for row in self._connection.execute(statement)]

    def id_behind(self, namespace: str, after: str | None, count: int) -> str | None:
        """Return the id of the model `count` places after `after`; None if there are fewer."""
        name = models.c.model_id
        statement = select(name).where(models.c.namespace == namespace)
        if after is not None:
            statement = statement.where(name > after)
        return self._connection.scalar(statement.order_by(name).offset(count - 1).limit(1))

    def add(self, model: Model) -> None:
        """Store a new model; raise ModelAlreadyExists."""
        values = {
            "uid": model.uid,
            "namespace": model.name.namespace,
            "model_id": model.name.model,
            "name_key": name_key(model.name.model),
            "next_version": 1,
            "creator": model.creator,
            "create_time": model.create_time,
            **_changing(model),
        }
        refusal = ModelAlreadyExists(str(model.name))
        with (
            refusing("uq_models_namespace_name_key", refusal),
            refusing("uq_models_namespace_model_id", refusal),
        ):
            self._connection.execute(insert(models), values)

    def update(self, model: Model) -> None:
        """Store draft, times of update, deletion and purge, and revision; raise ModelNotFound."""
        before = self._connection.execute(
            select(models.c.delete_time).where(models.c.uid == model.uid).with_for_update()
        ).one_or_none()
        if before is None:
            raise ModelNotFound(str(model.name))
        self._connection.execute(
            update(models).where(models.c.uid == model.uid).values(_changing(model))
        )
        deleted = model.delete_time is not None
        if deleted != (before.delete_time is not None):
            self._connection.execute(
                insert(model_lifecycle),
                {
                    "model_uid": model.uid,
                    "revision": model.revision,
                    "time": model.update_time,
                    "deleted": deleted,
                },
            )

    def deleted_at(self, uid: UUID, moment: datetime) -> bool:
        """Whether the model was soft-deleted at `moment`."""
        return bool(self._connection.scalar(_WAS_DELETED, {"uid": uid, "moment": moment}))

    def unpurged(self, uid: UUID) -> int:
        """Return the number of its versions that are not purged."""
        head = version_heads.c
        statement = select(func.count()).where(head.model_uid == uid, head.purge_time.is_(None))
        return self._connection.scalar(statement) or 0

    def next_number(self, uid: UUID) -> int:
        """Return the next version number; raise ModelNotFound."""
        statement = (
            update(models)
            .where(models.c.uid == uid)
            .values(next_version=models.c.next_version + 1)
            .returning(models.c.next_version)
        )
        following: int | None = self._connection.scalar(statement)
        if following is None:
            raise ModelNotFound(str(uid))
        return following - 1


def _changing(model: Model) -> dict[str, object]:
    return {
        "description": model.draft.description,
        "labels": dict(model.draft.labels),
        "owner": model.draft.owner,
        "update_time": model.update_time,
        "activity_time": model.update_time,
        "delete_time": model.delete_time,
        "purge_time": model.purge_time,
        "revision": model.revision,
        "annotation_bytes": model.annotations.size if model.annotations.digest else None,
        "annotation_digest": model.annotations.digest,
    }


def model_of(row: Row[*tuple[object, ...]]) -> Model:
    """Return the model of a row of SELECT_MODELS."""
    return Model(
        name=ModelName(row.namespace, row.ended_id or row.model_id),
        uid=row.uid,
        draft=ModelDraft(row.description, row.labels, row.owner),
        creator=row.creator,
        create_time=row.create_time,
        update_time=row.update_time,
        revision=row.revision,
        delete_time=row.delete_time,
        purge_time=row.purge_time,
        latest=row.latest,
        activity_time=row.activity_time or row.update_time,
        annotations=brief_of(row.annotation_bytes, row.annotation_digest),
    )
