"""Blobs in SQL: which bytes there are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.persistence.tables import blobs

# Both databases limit the parameters of a statement (SQLite: 32,766).
_AT_ONCE = 1_000


class SqlBlobs:
    """Implements `registry_grpc.services.ports.artifact.Blobs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, Blob]:
        """Return those of the digests that the namespace holds."""
        statement = select(blobs).where(blobs.c.namespace == namespace)
        return {
            row.digest: _blob(row)
            for part in _parts(digests)
            for row in self._connection.execute(statement.where(blobs.c.digest.in_(part)))
        }

    def put(self, blob: Blob) -> None:
        """Store it; when it is there already only its lease is extended.

        Put several in the order of their digests, or two transactions may wait for each other
        until one of them is told DatabaseUnavailable.
        """
        on_postgresql = self._connection.dialect.name == "postgresql"
        insert = postgresql.insert(blobs) if on_postgresql else sqlite.insert(blobs)
        statement = insert.values(_values(blob))
        offered = statement.excluded.lease_until
        later = case((offered > blobs.c.lease_until, offered), else_=blobs.c.lease_until)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[blobs.c.namespace, blobs.c.digest], set_={"lease_until": later}
            )
        )

    def extend(self, namespace: str, digests: Sequence[Digest], until: datetime) -> None:
        """Extend leases to `until`; never shortens one."""
        # Rows are locked in one order everywhere, so that two of these never wait for each other.
        in_order = sorted(set(digests))
        for part in _parts(in_order):
            shorter = (
                select(blobs.c.digest)
                .where(
                    blobs.c.namespace == namespace,
                    blobs.c.digest.in_(part),
                    blobs.c.lease_until < until,
                )
                .order_by(blobs.c.digest)
                .with_for_update()
            )
            self._connection.execute(
                update(blobs)
                .where(blobs.c.namespace == namespace, blobs.c.digest.in_(shorter))
                .values(lease_until=until)
            )


def _parts(digests: Sequence[Digest]) -> Iterator[Sequence[Digest]]:
    for start in range(0, len(digests), _AT_ONCE):
        yield digests[start : start + _AT_ONCE]


def _values(blob: Blob) -> dict[str, object]:
    return {
        "namespace": blob.namespace,
        "digest": blob.digest,
        "size": blob.size,
        "crc32c": blob.crc32c,
        "generation": blob.generation,
        "create_time": blob.create_time,
        "lease_until": blob.lease_until,
    }


def _blob(row: Row[*tuple[object, ...]]) -> Blob:
    return Blob(
        namespace=row.namespace,
        digest=row.digest,
        size=row.size,
        crc32c=row.crc32c,
        generation=row.generation,
        create_time=row.create_time,
        lease_until=row.lease_until,
    )
