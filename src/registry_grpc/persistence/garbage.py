"""Garbage collection in SQL: unneeded blobs are condemned, and marked as being deleted.

The caller holds the change log's lock, so that versions do not change meanwhile. Leases are
extended at any time, so every row is checked while it is locked. Rows with a foreign lock are
skipped, because they are being leased. The check whether a version references a blob costs an index
lookup. A blob that a live version references is not checked again until a version that references
it is deleted: see `doubt_files`.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, Select, literal, select, update

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.persistence.artifact_tables import blob_marks, blobs
from registry_grpc.persistence.blob_rows import (
    AT_ONCE,
    among,
    blob_of,
    by_namespace,
    inserting,
    update_in_order,
)
from registry_grpc.persistence.catalog_tables import version_files, version_heads

# Neither EXISTS nor a join: a planner that has no statistics yet would read whole tables for it, as
# if they were empty. This is always one look into an index for each blob, and for each version.
_IS_LIVE = (
    select(version_heads.c.delete_time.is_(None))
    .where(version_heads.c.uid == version_files.c.version_uid)
    .scalar_subquery()
)
_IS_NAMED = (
    select(literal(1))
    .where(
        version_files.c.namespace == blobs.c.namespace,
        version_files.c.sha256 == blobs.c.digest,
        _IS_LIVE,
    )
    .limit(1)
    .scalar_subquery()
    .is_not(None)
)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_CONDEMNED = blobs.c.condemned_time.is_not(None)
_SETTLED = ~blobs.c.in_doubt & ~_CONDEMNED


def doubt_files(connection: Connection, namespace: str, version_uid: UUID) -> None:
    """Mark the blobs of a deleted version for another check."""
    files = select(version_files.c.sha256).where(version_files.c.version_uid == version_uid)
    digests = connection.scalars(files.distinct()).all()
    update_in_order(connection, namespace, digests, _SETTLED, {"in_doubt": True})


def give_up_files(connection: Connection, namespace: str, version_uid: UUID, now: datetime) -> None:
    """End the leases of the blobs of a purged version that no live version references.

    They are condemned since long ago, so that the next collection deletes them.
    """
    files = select(version_files.c.sha256).where(version_files.c.version_uid == version_uid)
    digests = connection.scalars(files.distinct()).all()
    unneeded = ~blobs.c.deleting & ~_IS_NAMED
    values = {"in_doubt": False, "condemned_time": _LONG_AGO, "lease_until": now}
    update_in_order(connection, namespace, digests, unneeded, values)


def condemn(connection: Connection, now: datetime, limit: int) -> Sequence[Blob]:
    """Condemn up to `limit` blobs without lease or live version; return them."""
    condemned: list[Blob] = []
    ended = (
        select(blobs)
        .where(blobs.c.in_doubt, blobs.c.lease_until <= now)
        .order_by(blobs.c.lease_until)
        .limit(AT_ONCE)
    )
    while len(condemned) < limit and (found := _locked(connection, ended)):
        needed, idle = _parted(found, _named(connection, found))
        idle = idle[: limit - len(condemned)]
        _update(connection, needed, in_doubt=False)
        _update(connection, idle, in_doubt=False, condemned_time=now)
        condemned += [replace(blob, condemned_time=now) for blob in idle]
    return condemned


def mark_deleting(
    connection: Connection, condemned_before: datetime, now: datetime, limit: int
) -> Sequence[Blob]:
    """Mark up to `limit` condemned blobs as being deleted, or end their condemnation.

    Returns those marked now and, up to `limit`, earlier.
    """
    earlier = select(blobs).where(blobs.c.deleting, _CONDEMNED).limit(limit)
    deleting_earlier = [blob_of(row) for row in connection.execute(earlier)]
    deleting: list[Blob] = []
    waiting = (
        select(blobs)
        .where(~blobs.c.deleting, blobs.c.condemned_time < condemned_before)
        .order_by(blobs.c.condemned_time)
        .limit(AT_ONCE)
    )
    while len(deleting) < limit and (found := _locked(connection, waiting)):
        leased = {_key(blob) for blob in found if blob.lease_until > now}
        needed, idle = _parted(found, leased | _named(connection, found))
        idle = idle[: limit - len(deleting)]
        _update(connection, needed, in_doubt=True, condemned_time=None)
        _update(connection, idle, deleting=True)
        for namespace, digests in by_namespace(idle):
            count_marks(connection, namespace, len(digests))
        deleting += idle
    # Blobs whose removal failed last time come last, so that they do not block others.
    return [*deleting, *deleting_earlier][:limit]


def count_marks(connection: Connection, namespace: str, count: int) -> None:
    """Add to the number of blobs of the namespace that were marked as being deleted."""
    statement = inserting(connection, blob_marks).values(namespace=namespace, total=count)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=(blob_marks.c.namespace,),
            set_={"total": blob_marks.c.total + statement.excluded.total},
        )
    )


def _locked(connection: Connection, statement: Select[*tuple[object, ...]]) -> Sequence[Blob]:
    """Return and lock the selected blobs that are not locked by others."""
    rows = connection.execute(statement.with_for_update(skip_locked=True))
    return [blob_of(row) for row in rows]


def _named(connection: Connection, found: Sequence[Blob]) -> AbstractSet[tuple[str, Digest]]:
    """Return the keys of the blobs that a live version references."""
    return {
        (namespace, digest)
        for namespace, digests in by_namespace(found)
        for digest in connection.scalars(
            select(blobs.c.digest).where(among(namespace, digests), _IS_NAMED)
        )
    }


def _parted(
    found: Sequence[Blob], keys: AbstractSet[tuple[str, Digest]]
) -> tuple[Sequence[Blob], Sequence[Blob]]:
    """Return the blobs with one of the keys, and the others."""
    return (
        [blob for blob in found if _key(blob) in keys],
        [blob for blob in found if _key(blob) not in keys],
    )


def _update(connection: Connection, found: Sequence[Blob], **changes: object) -> None:
    for namespace, digests in by_namespace(found):
        connection.execute(update(blobs).where(among(namespace, digests)).values(changes))


def _key(blob: Blob) -> tuple[str, Digest]:
    return blob.namespace, blob.digest
