"""Blobs in SQL. See `garbage.py` for the deletion of unneeded ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    case,
    column,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobBeingDeleted
from registry_grpc.persistence.artifact_tables import blob_marks, blobs
from registry_grpc.persistence.blob_rows import (
    AT_ONCE,
    among,
    blob_of,
    by_namespace,
    inserting,
    key_of,
    parts,
    update_in_order,
    values_of,
)
from registry_grpc.persistence.catalog_tables import namespaces
from registry_grpc.persistence.garbage import condemn, count_marks, mark_deleting
from registry_grpc.persistence.withheld import withheld

_KEY = (blobs.c.namespace, blobs.c.digest)
_KEPT = ~blobs.c.deleting


class SqlBlobs:
    """Implements `registry_grpc.services.ports.artifact.Blobs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, Blob]:
        """Return the blobs of the namespace with these digests that are not being deleted."""
        statement = select(blobs).where(blobs.c.namespace == namespace, _KEPT)
        return {
            row.digest: blob_of(row)
            for part in parts(digests)
            for row in self._connection.execute(statement.where(blobs.c.digest.in_(part)))
        }

    def held(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, int]:
        """Return the sizes of the blobs that `get` would return; cheaper for many digests."""
        statement = select(blobs.c.digest, blobs.c.size).where(
            blobs.c.namespace == namespace, _KEPT
        )
        return {
            digest: size
            for part in parts(digests)
            for digest, size in self._connection.execute(
                statement.where(blobs.c.digest.in_(part))
            ).all()
        }

    def withheld(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, str]:
        """Return the blobs that only revoked versions reference, with one such version."""
        return withheld(self._connection, namespace, digests)

    def sizes(self, namespace: str, sizes: Sequence[int]) -> frozenset[int]:
        """Return those of the sizes that a blob of the namespace has, also one being deleted."""
        # One index lookup for each size, independent of the number of blobs.
        different = list(set(sizes))
        return frozenset(
            size
            for start in range(0, len(different), AT_ONCE)
            for size in self._sizes(namespace, different[start : start + AT_ONCE])
        )

    def _sizes(self, namespace: str, sizes: Sequence[int]) -> Sequence[int]:
        data = [(size,) for size in sizes]
        asked = values(column("size", BigInteger), name="asked").data(data).cte("asked")
        there = select(blobs.c.size).where(
            blobs.c.namespace == namespace, blobs.c.size == asked.c.size
        )
        return self._connection.scalars(select(asked.c.size).where(there.exists())).all()

    def used(self, namespace: str) -> int:
        """Return the sum of the sizes of all blobs of the namespace, in bytes."""
        total = func.coalesce(func.sum(blobs.c.size), 0)
        statement = select(total).where(blobs.c.namespace == namespace)
        return int(self._connection.scalars(statement).one())

    def claim(self, namespace: str, digest: Digest, until: datetime) -> Claim:
        """Lease a blob until then: HELD (leased, no longer condemned), ABSENT or DELETING."""
        return self.claim_all(namespace, [digest], until)[digest]

    def claim_all(
        self, namespace: str, digests: Sequence[Digest], until: datetime
    ) -> Mapping[Digest, Claim]:
        """Claim many, in a fixed order, so that two batches cannot deadlock."""
        held = update_in_order(self._connection, namespace, digests, _KEPT, _leased(until))
        claims = {digest: Claim.HELD if digest in held else Claim.ABSENT for digest in digests}
        # A blob that was added after the claim counts as absent.
        rest = [digest for digest in claims if digest not in held]
        return claims | dict.fromkeys(self._deleting(namespace, rest), Claim.DELETING)

    def deletion_counter(self, namespace: str) -> int:
        """Return how many blobs of the namespace were ever marked as being deleted."""
        statement = select(blob_marks.c.total).where(blob_marks.c.namespace == namespace)
        return self._connection.scalar(statement) or 0

    def put(self, blob: Blob) -> None:
        """Store a blob; of an existing one only the lease is extended, as by `extend`.

        Put several in the order of their digests: otherwise two transactions may deadlock, and one
        fails with DatabaseUnavailable. Raises BlobBeingDeleted.
        """
        self.put_all([blob])

    def put_all(self, blobs_: Sequence[Blob]) -> None:
        """Put many, in any order; raises BlobBeingDeleted if one is being deleted."""
        if not blobs_:
            return
        statement = inserting(self._connection, blobs)
        statement = statement.on_conflict_do_update(
            index_elements=_KEY, set_=_leased(statement.excluded.lease_until), where=_KEPT
        )
        rows = [values_of(blob, deleting=False) for blob in sorted(blobs_, key=key_of)]
        self._connection.execute(statement, rows)
        # A blob that is being deleted was not changed, but is locked now.
        for namespace, digests in by_namespace(blobs_):
            for digest in self._deleting(namespace, digests):
                raise BlobBeingDeleted(str(digest))

    def extend(self, namespace: str, digests: Sequence[Digest], until: datetime) -> None:
        """Extend leases to `until` and end condemnations; never shortens a lease."""
        wanting = or_(blobs.c.lease_until < until, blobs.c.condemned_time.is_not(None))
        update_in_order(self._connection, namespace, digests, _KEPT & wanting, _leased(until))

    def condemn(self, now: datetime, limit: int) -> Sequence[Blob]:
        """Condemn blobs whose lease has ended and that no live version references; return those."""
        return condemn(self._connection, now, limit)

    def mark_deleting(
        self, condemned_before: datetime, now: datetime, limit: int
    ) -> Sequence[Blob]:
        """Mark as being deleted the blobs condemned before that moment that are still not needed.

        A blob that is needed again is no longer condemned. Returns all that are being deleted, also
        from earlier calls.
        """
        return mark_deleting(self._connection, condemned_before, now, limit)

    def add_orphan(self, orphan: Blob) -> bool:
        """Record stored bytes without a row as a blob being deleted; return False if it had one.

        Without condemned_time the create_time is used. Bytes of an unknown namespace belong to
        another registry: they are not recorded, and False is returned.
        """
        known = select(exists().where(namespaces.c.namespace == orphan.namespace))
        if not self._connection.scalar(known):
            return False
        condemned = replace(orphan, condemned_time=orphan.condemned_time or orphan.create_time)
        statement = self._inserting(condemned, deleting=True).on_conflict_do_nothing(
            index_elements=_KEY
        )
        if self._connection.execute(statement.returning(blobs.c.digest)).first() is None:
            return False
        count_marks(self._connection, orphan.namespace, 1)
        return True

    def remove(self, namespace: str, digest: Digest) -> bool:
        """Remove the row of a blob that is being deleted; return whether there was one."""
        statement = delete(blobs).where(
            blobs.c.namespace == namespace, blobs.c.digest == digest, blobs.c.deleting
        )
        return self._connection.execute(statement).rowcount == 1

    def page(
        self, after: tuple[str, Digest] | None, limit: int, namespace: str | None = None
    ) -> Sequence[Blob]:
        """Return blobs after `after`, by (namespace, digest), except those being deleted."""
        statement = select(blobs).where(_KEPT).order_by(*_KEY).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(*_KEY) > after)
        if namespace is not None:
            statement = statement.where(blobs.c.namespace == namespace)
        return [blob_of(row) for row in self._connection.execute(statement)]

    def _deleting(self, namespace: str, digests: Sequence[Digest]) -> Sequence[Digest]:
        statement = select(blobs.c.digest).where(blobs.c.deleting).order_by(blobs.c.digest)
        return [
            digest
            for part in parts(digests)
            for digest in self._connection.scalars(statement.where(among(namespace, part)))
        ]

    def _inserting(self, blob: Blob, *, deleting: bool) -> postgresql.Insert | sqlite.Insert:
        return inserting(self._connection, blobs).values(values_of(blob, deleting=deleting))


def _leased(until: datetime | ColumnElement[datetime]) -> dict[str, ColumnElement[object]]:
    """Return the changes of a lease; an ended condemnation sets `in_doubt`."""
    offered = literal(until, blobs.c.lease_until.type) if isinstance(until, datetime) else until
    return {
        "lease_until": case((offered > blobs.c.lease_until, offered), else_=blobs.c.lease_until),
        "in_doubt": blobs.c.in_doubt | blobs.c.condemned_time.is_not(None),
        "condemned_time": null(),
    }
