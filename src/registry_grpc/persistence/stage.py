"""Stages in SQL: every move; where a version is now stands in its head."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    tuple_,
)

from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.stage import NONE, StageEntry
from registry_grpc.persistence.catalog_tables import (
    model_lifecycle,
    models,
    stage_entries,
    version_heads,
    versions,
)
from registry_grpc.persistence.model_name import id_at

# Later than every recorded time.
_NOW = datetime.max.replace(tzinfo=UTC)


class SqlStages:
    """Implements `registry_grpc.services.ports.catalog.Stages`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, model: Model, entry: StageEntry) -> None:
        """Add to the history (the head is stored by `Versions.update`)."""
        self._connection.execute(
            insert(stage_entries),
            {
                "model_uid": model.uid,
                "revision": entry.revision,
                "number": entry.version.number,
                "stage": entry.stage,
                "previous": entry.previous,
                "time": entry.time,
                "actor": entry.actor,
                "reason": entry.reason,
            },
        )

    def history(
        self, model: Model, before: tuple[int, int] | None, limit: int
    ) -> Sequence[StageEntry]:
        """Return the moves whose (revision, version number) is below `before`, highest first."""
        key = (stage_entries.c.revision, stage_entries.c.number)
        statement = select(stage_entries).where(stage_entries.c.model_uid == model.uid)
        if before is not None:
            statement = statement.where(tuple_(*key) < before)
        statement = statement.order_by(*(column.desc() for column in key)).limit(limit)
        return [_entry(model.name, row) for row in self._connection.execute(statement)]

    def staged(
        self,
        namespace: str,
        stage: str,
        moment: datetime | None,
        after: tuple[str, int] | None,
        upto: str | None,
        limit: int,
    ) -> Sequence[StageEntry]:
        """Return the moves by which versions are in `stage`, by (model id, number), after `after`.

        stage: '' for every stage but `none`. upto: the last model id. Versions that were deleted
        then and versions of models that were are excluded.
        """
        entry = stage_entries.c
        name = models.c.model_id if moment is None else id_at(moment)
        moment = moment or _NOW
        wanted = entry.stage == stage if stage else entry.stage != NONE
        statement = (
            select(stage_entries, name.label("model_id"))
            .join(models, models.c.uid == entry.model_uid)
            .where(
                models.c.namespace == namespace,
                wanted,
                entry.time <= moment,
                ~_moved_on(moment),
                ~_deleted(entry.model_uid, entry.number, moment),
                ~_model_deleted(moment),
            )
            .order_by(name, entry.number)
            .limit(limit)
        )
        if after is not None:
            model, number = after
            statement = statement.where(name >= model, or_(name > model, entry.number > number))
        if upto is not None:
            statement = statement.where(name <= upto)
        rows = self._connection.execute(statement)
        return [_entry(ModelName(namespace, row.model_id), row) for row in rows]

    def holders(self, model: Model, stage: str, moment: datetime | None) -> Sequence[int]:
        """Return the numbers of the versions in `stage`, the one that entered last first.

        Without those that were deleted.
        """
        if moment is None:
            head = version_heads.c
            statement = (
                select(head.number)
                .where(head.model_uid == model.uid, head.stage == stage)
                .where(head.delete_time.is_(None))
                .order_by(head.stage_revision.desc(), head.number.desc())
            )
            return self._connection.scalars(statement).all()
        found = [
            (row.time, row.number)
            for row in self._connection.execute(_entered(model, stage, moment))
        ]
        if stage == NONE:
            # Versions are born in this stage, without a move that says so.
            found += [
                (row.create_time, row.number)
                for row in self._connection.execute(_unmoved(model, moment))
            ]
        return [number for _, number in sorted(found, reverse=True)]


def _entered(model: Model, stage: str, moment: datetime) -> Select[datetime, int]:
    """Those whose last move until `moment` was into `stage`."""
    entry = stage_entries.c
    return select(entry.time, entry.number).where(
        entry.model_uid == model.uid,
        entry.stage == stage,
        entry.time <= moment,
        ~_moved_on(moment),
        ~_deleted(entry.model_uid, entry.number, moment),
    )


def _moved_on(moment: datetime) -> ColumnElement[bool]:
    """Whether the version of a stage entry moved again until `moment`."""
    entry, later = stage_entries.c, stage_entries.alias("later").c
    return exists().where(
        later.model_uid == entry.model_uid,
        later.number == entry.number,
        later.time <= moment,
        tuple_(later.time, later.revision) > tuple_(entry.time, entry.revision),
    )


def _model_deleted(moment: datetime) -> ColumnElement[bool]:
    """Whether the model was soft-deleted at `moment`."""
    life = model_lifecycle.c
    last = (
        select(life.deleted)
        .where(life.model_uid == models.c.uid, life.time <= moment)
        .order_by(life.time.desc(), life.revision.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(last, false())


def _unmoved(model: Model, moment: datetime) -> Select[datetime, int]:
    """Those that existed at `moment` and had not moved."""
    version, entry = versions.c, stage_entries.c
    moved = exists().where(
        entry.model_uid == version.model_uid,
        entry.number == version.number,
        entry.time <= moment,
    )
    return select(version.create_time, version.number).where(
        version.model_uid == model.uid,
        version.create_time <= moment,
        ~moved,
        ~_deleted(version.model_uid, version.number, moment),
    )


def _deleted(
    model_uid: ColumnElement[UUID], number: ColumnElement[int], moment: datetime
) -> ColumnElement[bool]:
    """Whether the version was deleted at `moment`."""
    head = version_heads.c
    return exists().where(
        head.model_uid == model_uid, head.number == number, head.delete_time <= moment
    )


def _entry(model: ModelName, row: Row[*tuple[object, ...]]) -> StageEntry:
    return StageEntry(
        version=model.version(row.number),
        stage=row.stage,
        previous=row.previous,
        time=row.time,
        actor=row.actor,
        reason=row.reason,
        revision=row.revision,
    )
