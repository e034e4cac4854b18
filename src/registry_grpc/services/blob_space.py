"""Free space on the disk of the blobs: declared sizes must fit before anything is sent.

An open upload counts with its outstanding bytes, so its space is reserved from the beginning.
One without progress for `IDLE` ends when others need its space.
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
"""The digest, if known, and the size of a blob to send."""


class BlobSpace:
    """Checks and reserves space on the disk of the blobs."""

    def __init__(
        self, space: Space, database: Database, area: StagingArea, clock: Clock, ttl: timedelta
    ) -> None:
        """ttl: the time after its last progress at which an upload expires."""
        self._space = space
        self._database = database
        self._area = area
        self._clock = clock
        self._ttl = ttl

    def left(self, tx: Transaction) -> int | None:
        """Return the free bytes beyond the outstanding bytes of open uploads; None: unknown."""
        room = self._space.blob_room
        return None if room is None else max(0, room - tx.uploads.unwritten())

    def require(self, tx: Transaction, size: int, *, promised: bool = False) -> None:
        """Raise StorageFull unless `size` bytes fit beside the outstanding bytes of open uploads.

        promised: whether to reserve the space. Then concurrent requests are serialized; call it
        after the namespace is locked, before anything else is.
        """
        if not size:
            return
        if promised:
            tx.uploads.hold()
        left = self.left(tx)
        if left is not None and size > left:
            raise StorageFull(left, size)

    def require_missing(self, tx: Transaction, namespace: str, missing: Sequence[Declared]) -> None:
        """Raise StorageFull unless all of these fit; those of open uploads count once."""
        left, total = self.left(tx), sum(size for _, size in missing)
        if left is None or total <= left:
            return
        coming = Counter(tx.uploads.coming(namespace)) & Counter(missing)
        needed = total - sum(size * count for (_, size), count in coming.items())
        if needed > left:
            raise StorageFull(left, needed)

    def freeing_space(self, work: Callable[[], _Result]) -> _Result:
        """Call `work`; if it raises StorageFull, end idle uploads, if any, and call it again."""
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
