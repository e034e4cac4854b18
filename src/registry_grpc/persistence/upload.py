"""Uploads in SQL: which bytes are coming."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, case, delete, func, insert, select, true, update

from registry_grpc.domain.blob import Upload, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName
from registry_grpc.persistence.artifact_tables import uploads

_OPEN = uploads.c.state == UploadState.OPEN.value
# Any number will do that no other lock of this database has.
_PROMISES = 7_236_411_905_115
_ENDED = uploads.c.state.in_(
    [state.value for state in UploadState if state is not UploadState.OPEN]
)


class SqlUploads:
    """Implements `registry_grpc.services.ports.artifact.Uploads`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: UploadName) -> Upload | None:
        """Return it, or None."""
        statement = select(uploads).where(
            uploads.c.uid == name.uuid, uploads.c.namespace == name.namespace
        )
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _upload(row)

    def add(self, upload: Upload) -> None:
        """Store a new one."""
        values = {
            "uid": upload.name.uuid,
            "namespace": upload.name.namespace,
            "size": upload.size,
            "creator": upload.creator,
            "create_time": upload.create_time,
            **_changing(upload),
        }
        self._connection.execute(insert(uploads), values)

    def update(self, upload: Upload, *, epoch: int) -> bool:
        """Store what changes if the stored epoch is `epoch`; return whether it was."""
        statement = (
            update(uploads)
            .where(
                uploads.c.uid == upload.name.uuid,
                uploads.c.namespace == upload.name.namespace,
                uploads.c.epoch == epoch,
            )
            .values(_changing(upload))
        )
        return self._connection.execute(statement).rowcount == 1

    def open_totals(
        self, namespace: str, fresh_from: datetime | None = None, creator: str | None = None
    ) -> tuple[int, int]:
        """Return how many open uploads the namespace has, and the sum of their sizes in bytes.

        Those whose expire_time lies before `fresh_from` are idle: they are not counted, and of
        their sizes only what is committed. creator: of these alone.
        """
        fresh = true() if fresh_from is None else uploads.c.expire_time >= fresh_from
        counted = case((fresh, 1), else_=0)
        size = case((fresh, uploads.c.size), else_=uploads.c.committed)
        statement = select(
            func.coalesce(func.sum(counted), 0).label("uploads"),
            func.coalesce(func.sum(size), 0).label("size"),
        ).where(uploads.c.namespace == namespace, _OPEN)
        if creator is not None:
            statement = statement.where(uploads.c.creator == creator)
        row = self._connection.execute(statement).one()
        return int(row.uploads), int(row.size)

    def page(
        self, namespace: str, after: UUID | None, limit: int, open_at: datetime | None
    ) -> Sequence[Upload]:
        """Return uploads behind `after`, by id; with `open_at` those that are open then."""
        statement = select(uploads).where(uploads.c.namespace == namespace)
        if open_at is not None:
            statement = statement.where(_OPEN, uploads.c.expire_time >= open_at)
        if after is not None:
            statement = statement.where(uploads.c.uid > after)
        statement = statement.order_by(uploads.c.uid).limit(limit)
        return [_upload(row) for row in self._connection.execute(statement)]

    def unwritten(self) -> int:
        """Return what all open uploads, of all namespaces, still have to make durable, in bytes."""
        rest = func.coalesce(func.sum(uploads.c.size - uploads.c.committed), 0)
        return int(self._connection.scalars(select(rest).where(_OPEN)).one())

    def hold(self) -> None:
        """Take the lock of promised bytes; SQLite has one writer at a time anyway."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(_PROMISES)))

    def coming(self, namespace: str) -> Sequence[tuple[Digest | None, int]]:
        """Return digest, where it was stated, and size of each open upload of the namespace."""
        statement = select(uploads.c.digest, uploads.c.size).where(
            uploads.c.namespace == namespace, _OPEN
        )
        return [(row.digest, row.size) for row in self._connection.execute(statement)]

    def overdue(self, now: datetime, limit: int) -> Sequence[Upload]:
        """Return open uploads whose expire_time has passed, oldest first."""
        statement = (
            select(uploads)
            .where(_OPEN, uploads.c.expire_time < now)
            .order_by(uploads.c.expire_time)
            .limit(limit)
        )
        return [_upload(row) for row in self._connection.execute(statement)]

    def forget(self, ended_before: datetime) -> int:
        """Remove ended uploads whose expire_time lies before that moment; return how many."""
        statement = delete(uploads).where(_ENDED, uploads.c.expire_time < ended_before)
        return self._connection.execute(statement).rowcount


def _changing(upload: Upload) -> dict[str, object]:
    return {
        "digest": upload.digest,
        "state": upload.state.value,
        "expire_time": upload.expire_time,
        "committed": upload.committed,
        "session": upload.session,
        "epoch": upload.epoch,
        "already_existed": upload.already_existed,
        "checkpoint": upload.checkpoint,
        "store_state": upload.store_state,
    }


def _upload(row: Row[*tuple[object, ...]]) -> Upload:
    return Upload(
        name=UploadName(row.namespace, row.uid),
        digest=row.digest,
        size=row.size,
        state=UploadState(row.state),
        creator=row.creator,
        create_time=row.create_time,
        expire_time=row.expire_time,
        committed=row.committed,
        session=row.session,
        epoch=row.epoch,
        already_existed=row.already_existed,
        checkpoint=row.checkpoint,
        store_state=row.store_state,
    )
