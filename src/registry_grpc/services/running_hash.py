"""The running hashes of an upload, and their checkpoints.

A checkpoint is version byte, offset, crc32c, crc32c of the block that is not full yet, the number
of full blocks and their crc32c, then the state of the SHA-256 (empty where it cannot be saved).
"""

import struct
from collections.abc import Iterable

import google_crc32c

from registry_grpc.domain.blob import BLOCK_BYTES
from registry_grpc.domain.digest import Digest
from registry_grpc.services.crc32c import combined
from registry_grpc.services.ports.hashing import Hashing, ResumableSha256

_FORMAT = 1
_HEAD = struct.Struct(">BQIII")


class RunningHash:
    """SHA-256, crc32c and block crc32c of the bytes so far. Used by one thread at a time."""

    def __init__(self, sha256: ResumableSha256) -> None:
        self._sha256 = sha256
        self._full: list[int] = []
        self._block = 0
        self.crc32c = 0
        self.offset = 0

    def update(self, data: bytes, crc32c: int) -> None:
        """Add bytes with a known crc32c."""
        self._sha256.update(data)
        self.crc32c = combined(self.crc32c, crc32c, len(data))
        room = BLOCK_BYTES - self.offset % BLOCK_BYTES
        self.offset += len(data)
        if len(data) < room:
            self._block = combined(self._block, crc32c, len(data))
            return
        # Chunks are far smaller than blocks: at most one ends within a chunk.
        self._full.append(google_crc32c.extend(self._block, data[:room]))
        self._block = google_crc32c.value(data[room:])

    def digest(self) -> Digest:
        """Return the SHA-256 so far."""
        return self._sha256.digest()

    def blocks(self) -> tuple[int, ...]:
        """Return the crc32c of each block so far, the last one perhaps not full."""
        begun = self.offset % BLOCK_BYTES
        return (*self._full, self._block) if begun else tuple(self._full)

    def save(self) -> bytes:
        """Return a checkpoint for `load`."""
        count = len(self._full)
        head = _HEAD.pack(_FORMAT, self.offset, self.crc32c, self._block, count)
        return head + struct.pack(f">{count}I", *self._full) + self._sha256.state()

    @classmethod
    def start(cls, hashing: Hashing) -> "RunningHash":
        """Return a new running hash."""
        return cls(hashing.start())

    @classmethod
    def load(cls, hashing: Hashing, checkpoint: bytes) -> "RunningHash | None":
        """Return a running hash from a checkpoint; None for an unusable one."""
        if len(checkpoint) < _HEAD.size or checkpoint[0] != _FORMAT:
            return None
        _, offset, crc32c, block, count = _HEAD.unpack_from(checkpoint)
        blocks_end = _HEAD.size + 4 * count
        sha256 = hashing.resume(checkpoint[blocks_end:])
        if sha256 is None:
            return None
        running = cls(sha256)
        running.offset, running.crc32c, running._block = offset, crc32c, block
        running._full = list(struct.unpack_from(f">{count}I", checkpoint, _HEAD.size))
        return running

    @classmethod
    def over(cls, hashing: Hashing, pieces: Iterable[bytes]) -> "RunningHash":
        """Return the running hash of bytes that are read again."""
        running = cls.start(hashing)
        for piece in pieces:
            running.update(piece, google_crc32c.value(piece))
        return running
