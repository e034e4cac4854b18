"""Rows of blobs: what they hold, and how many of them are changed without waiting in a circle."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Row, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.persistence.artifact_tables import blobs

# Both databases limit the parameters of a statement (SQLite: 32,766).
AT_ONCE = 1_000


def parts(digests: Sequence[Digest]) -> Iterator[Sequence[Digest]]:
    """Yield all of them, as many at a time as a statement takes."""
    for start in range(0, len(digests), AT_ONCE):
        yield digests[start : start + AT_ONCE]


def by_namespace(found: Sequence[Blob]) -> Iterator[tuple[str, Sequence[Digest]]]:
    """Yield the blobs as statements name them: a namespace, and some digests of it."""
    in_order = sorted(found, key=key_of)
    for namespace, group in groupby(in_order, key=lambda blob: blob.namespace):
        for part in parts([blob.digest for blob in group]):
            yield namespace, part


def update_in_order(
    connection: Connection,
    namespace: str,
    digests: Iterable[Digest],
    condition: ColumnElement[bool],
    values: Mapping[str, object],
) -> frozenset[Digest]:
    """Change those of the digests for which the condition holds, and return those.

    Rows are locked in one order everywhere, so that two of these never wait for each other.
    """
    changed: set[Digest] = set()
    for part in parts(sorted(set(digests))):
        wanted = select(blobs.c.digest).where(among(namespace, part), condition)
        locked = connection.scalars(wanted.order_by(blobs.c.digest).with_for_update()).all()
        if locked:
            connection.execute(update(blobs).where(among(namespace, locked)).values(values))
            changed.update(locked)
    return frozenset(changed)


def among(namespace: str, digests: Sequence[Digest]) -> ColumnElement[bool]:
    """Return whether a row is one of those; give it at most AT_ONCE."""
    return (blobs.c.namespace == namespace) & blobs.c.digest.in_(digests)


def inserting(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert into the table that can say what becomes of a conflict."""
    on_postgresql = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)


def values_of(blob: Blob, *, deleting: bool) -> dict[str, object]:
    """Return the columns of a new row."""
    return {
        "namespace": blob.namespace,
        "digest": blob.digest,
        "size": blob.size,
        "crc32c": blob.crc32c,
        "blocks": blob.blocks,
        "generation": blob.generation,
        "create_time": blob.create_time,
        "lease_until": blob.lease_until,
        "in_doubt": blob.condemned_time is None,
        "condemned_time": blob.condemned_time,
        "deleting": deleting,
    }


def blob_of(row: Row[*tuple[object, ...]]) -> Blob:
    """Return what a row says."""
    return Blob(
        namespace=row.namespace,
        digest=row.digest,
        size=row.size,
        crc32c=row.crc32c,
        generation=row.generation,
        create_time=row.create_time,
        lease_until=row.lease_until,
        blocks=row.blocks,
        condemned_time=row.condemned_time,
    )


def key_of(blob: Blob) -> tuple[str, str]:
    """Return what names a row, and puts rows in order."""
    return blob.namespace, blob.digest.hex
