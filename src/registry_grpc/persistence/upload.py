"""Uploads in SQL: which bytes are coming."""

from sqlalchemy import Connection, Row, insert, select, update

from registry_grpc.domain.blob import Upload, UploadState
from registry_grpc.domain.names import UploadName
from registry_grpc.persistence.tables import uploads


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
            "digest": upload.digest,
            "size": upload.size,
            "creator": upload.creator,
            "create_time": upload.create_time,
            "already_existed": upload.already_existed,
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


def _changing(upload: Upload) -> dict[str, object]:
    return {
        "state": upload.state.value,
        "committed": upload.committed,
        "session": upload.session,
        "epoch": upload.epoch,
        "expire_time": upload.expire_time,
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
    )
