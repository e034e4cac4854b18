"""BlobSpace for bytes on the disk of the blobs: declared sizes have to fit before anything is sent.

An open upload counts with what it still has to send, so that it finds the room that it was promised
when it began. One that has made no progress for `IDLE` ends when others need its room.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import StorageFull
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.space import Space
from registry_grpc.services.staging_area import StagingArea

IDLE: Final = timedelta(minutes=15)
_AT_ONCE: Final = 100
_Result = TypeVar("_Result")
Declared = tuple[Digest | None, int]
"""The digest, where it is known, and the size of a blob that will be sent."""


class BlobSpace:
    """What the disk of the blobs can still take."""

    def __init__(
        self, space: Space, database: Database, area: StagingArea, clock: Clock, ttl: timedelta
    ) -> None:
        """ttl: how long after its last progress an upload expires."""
        self._space = space
        self._database = database
        self._area = area
        self._clock = clock
        self._ttl = ttl

    def left(self, tx: Transaction) -> int | None:
        """Return the bytes that fit beside what open uploads still have to send; None: unknown."""
        room = self._space.blob_room
        return None if room is None else max(0, room - tx.uploads.unwritten())

    def require(self, tx: Transaction, size: int, *, promised: bool = False) -> None:
        """Raise StorageFull unless so many bytes fit beside what open uploads still have to send.

        promised: whether the room is to be kept for the bytes. Then those who ask at the same
        moment see each other; to be asked after the namespace is held, before anything else is.
        """
        if not size:
            return
        if promised:
            tx.uploads.hold()
        left = self.left(tx)
        if left is not None and size > left:
            raise StorageFull(left, size)

    def require_missing(self, tx: Transaction, namespace: str, missing: Sequence[Declared]) -> None:
        """Raise StorageFull unless all of these fit; those that open uploads bring count once."""
        left, total = self.left(tx), sum(size for _, size in missing)
        if left is None or total <= left:
            return
        coming = Counter(tx.uploads.coming(namespace)) & Counter(missing)
        needed = total - sum(size * count for (_, size), count in coming.items())
        if needed > left:
            raise StorageFull(left, needed)

    def freeing_space(self, work: Callable[[], _Result]) -> _Result:
        """Do the work; if it raises StorageFull, end idle uploads, if any, and do it again."""
        try:
            return work()
        except StorageFull:
            if not self._end_idle():
                raise
        return work()

    def _end_idle(self) -> int:
        idle_since = self._clock() + self._ttl - IDLE
        with self._database.read() as tx:
            idle = tx.uploads.overdue(idle_since, _AT_ONCE)
        return sum(self._area.expire(upload) for upload in idle)
