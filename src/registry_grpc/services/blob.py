"""Use cases of blobs: find missing ones, read them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobCorrupt,
    BlobNotFound,
    LimitExceeded,
    ReadOutOfRange,
    VersionRevoked,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.services.blob_space import BlobSpace
from registry_grpc.services.ports.blobstore import BlobStore, SignedUrl
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database
from registry_grpc.services.quota import quota_of, used_bytes
from registry_grpc.services.reading import require_namespace

_READS: Final = 2  # of a small blob, before it is reported as damaged
_PLAN_FOR = timedelta(minutes=60)
CHECKED_EVERY: Final = timedelta(seconds=30)
"""The interval at which a running read checks whether its blob is withheld."""
Wanted = tuple[Digest | None, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A blob being read. size: of the whole blob. offset: of the first piece."""

    size: int
    offset: int
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Usage:
    """The limits of a namespace, with its own quota, and its use of them.

    used: stored bytes, and declared bytes of open uploads. free: free bytes for new blobs
    on the disk; None if unknown.
    """

    limits: TransferLimits
    used: int
    free: int | None


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """How to read a blob in parallel. signed: None if the store cannot sign URLs."""

    blob: Blob
    signed: SignedUrl | None


class Blobs:
    """Finds and reads blobs by digest."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Clock,
        limits: TransferLimits,
        space: BlobSpace,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._limits = limits
        self._space = space

    def limits(self, namespace: str) -> Usage:
        """Return the limits and their use; raises NamespaceNotFound."""
        with self._database.read() as tx:
            quota = quota_of(require_namespace(tx, namespace), self._limits)
            limits = replace(self._limits, quota=quota)
            return Usage(
                limits, used_bytes(tx, namespace, self._limits, self._clock()), self._space.left(tx)
            )

    def missing(self, namespace: str, wanted: Sequence[Wanted]) -> Sequence[Wanted]:
        """Return those that the namespace lacks in that size; extend the leases of the others.

        One without a digest stands for any of its size. Raises LimitExceeded, NamespaceNotFound,
        and StorageFull when the missing ones do not fit on the disk.
        """
        require_at_most("blobs", self._limits.max_find_missing, len(wanted))
        return self._space.freeing_space(lambda: self._missing(namespace, wanted))

    def _missing(self, namespace: str, wanted: Sequence[Wanted]) -> Sequence[Wanted]:
        digests = {digest: None for digest, _ in wanted if digest is not None}
        nameless = {size for digest, size in wanted if digest is None}
        with self._database.write() as tx:
            require_namespace(tx, namespace)
            # First extend the leases, then read: existing blobs stay.
            until = self._clock() + self._limits.blob_lease
            tx.blobs.extend(namespace, sorted(digests), until)
            held = tx.blobs.held(namespace, list(digests))
            sizes = tx.blobs.sizes(namespace, sorted(nameless))
            present = set(held.items()) | {(None, size) for size in sizes}
            missing = list(dict.fromkeys(one for one in wanted if one not in present))
            self._space.require_missing(tx, namespace, missing)
        return missing

    def read(self, namespace: str, digest: Digest, offset: int, length: int) -> Reading:
        """Return the pieces from `offset`, `length` bytes or (0) all the rest.

        Raises NamespaceNotFound, BlobNotFound, VersionRevoked or ReadOutOfRange now; BlobCorrupt
        and StorageUnavailable while reading, and VersionRevoked within `CHECKED_EVERY` of the
        revocation.
        """
        blob = self._require_readable(namespace, digest)
        if offset > blob.size:
            raise ReadOutOfRange(str(digest), offset, blob.size)
        rest = blob.size - offset
        pieces = self._checked(
            blob, self._pieces(blob, offset, min(length, rest) if length else rest)
        )
        return Reading(blob.size, offset, pieces)

    def read_batch(
        self, namespace: str, digests: Sequence[Digest]
    ) -> Sequence[bytes | BlobNotFound | BlobCorrupt | VersionRevoked]:
        """Return the bytes or the error of each small blob.

        Raises NamespaceNotFound, and LimitExceeded for too many blobs or bytes.
        """
        require_at_most("blobs", self._limits.max_batch_blobs, len(digests))
        with self._database.read() as tx:
            require_namespace(tx, namespace)
            held = tx.blobs.get(namespace, list(dict.fromkeys(digests)))
            withheld = tx.blobs.withheld(namespace, list(held))
        total = sum(held[digest].size for digest in digests if digest in held)
        require_at_most("bytes of data", self._limits.max_batch, total)
        return [
            VersionRevoked(withheld[digest], str(digest))
            if digest in withheld
            else self._whole(held.get(digest), digest)
            for digest in digests
        ]

    def plan(self, namespace: str, digest: Digest) -> DownloadPlan:
        """Return how to read a blob in parallel.

        Raises NamespaceNotFound, BlobNotFound, VersionRevoked.
        """
        blob = self._require_readable(namespace, digest)
        signed = self._store.sign(
            namespace,
            digest,
            generation=blob.generation,
            valid_for=_PLAN_FOR,
            now=self._clock(),
        )
        return DownloadPlan(blob, signed)

    def _require(self, namespace: str, digest: Digest) -> Blob:
        with self._database.read() as tx:
            require_namespace(tx, namespace)
            blob = tx.blobs.get(namespace, [digest]).get(digest)
        if blob is None:
            raise BlobNotFound(str(digest))
        return blob

    def _require_readable(self, namespace: str, digest: Digest) -> Blob:
        with self._database.read() as tx:
            require_namespace(tx, namespace)
            blob = tx.blobs.get(namespace, [digest]).get(digest)
            withheld = tx.blobs.withheld(namespace, [digest])
        if blob is None:
            raise BlobNotFound(str(digest))
        if digest in withheld:
            raise VersionRevoked(withheld[digest], str(digest))
        return blob

    def _checked(self, blob: Blob, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces; check periodically whether the blob is withheld."""
        checked = self._clock()
        for piece in pieces:
            yield piece
            if self._clock() - checked >= CHECKED_EVERY:
                self._require_readable(blob.namespace, blob.digest)
                checked = self._clock()

    def _whole(self, blob: Blob | None, digest: Digest) -> bytes | BlobNotFound | BlobCorrupt:
        """Read and check a small blob; again if its bytes were damaged on the way."""
        if blob is None:
            return BlobNotFound(str(digest))
        found = BlobCorrupt(str(digest), "the bytes in the blob store have another SHA-256")
        for _ in range(_READS):
            try:
                data = b"".join(self._pieces(blob, 0, blob.size))
            except BlobNotFound as error:
                return error
            except BlobCorrupt as error:
                found = error
                continue
            if hashlib.sha256(data).hexdigest() == digest.hex:
                return data
        return found

    def _pieces(self, blob: Blob, offset: int, length: int) -> Iterator[bytes]:
        try:
            yield from self._store.read(
                blob.namespace,
                blob.digest,
                generation=blob.generation,
                offset=offset,
                length=length,
            )
        except BlobNotFound as error:
            self._require(blob.namespace, blob.digest)  # collected since: then it is absent
            # The database has this blob, so its absence in the store is corruption.
            cause = "the bytes are missing in the blob store"
            raise BlobCorrupt(str(blob.digest), cause) from error


def require_at_most(limit: str, allowed: int, given: int) -> None:
    """Raise LimitExceeded when more is given than allowed."""
    if given > allowed:
        raise LimitExceeded(limit, allowed, given)
