"""A large file that is downloaded in blocks, in parallel, each checked against its crc32c."""

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import google_crc32c

from modelregistry._local import interruption
from modelregistry._local.folder_tree import naming
from modelregistry._local.incoming import CheckedFile, checked_file
from modelregistry._secret import Secret
from modelregistry.types import FileEntry

_READ: Final = 1024 * 1024
_NO_URL: Final = Secret()


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes `start` to `end` of a blob."""

    number: int
    start: int
    end: int
    crc32c: int


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """The blocks of a blob, in order and without gaps."""

    blocks: tuple[Block, ...]
    url: Secret = _NO_URL
    """Where ranges of the blob can be read without the registry."""


class BlockFile:
    """A file whose blocks are written in any order, from several threads.

    The end of the `with` block closes it. Intact blocks of an earlier download are kept.
    """

    def __init__(self, path: Path, entry: FileEntry, plan: BlockPlan) -> None:
        self._path = path
        self._entry = entry
        self._plan = plan
        self._handle: int | None = None
        self._lock = threading.Lock()
        self._done: set[int] = set()
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._hashing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._hashing, self._lock:
            handle, self._handle = self._handle, None
            if handle is not None:
                os.close(handle)

    def open(self) -> list[Block]:
        """Open or create the file; return the missing blocks."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        present = os.fstat(self._handle).st_size
        os.ftruncate(self._handle, self._entry.size_bytes)
        missing = []
        for block in self._plan.blocks:
            if block.end <= present and self.is_intact(block):
                self._done.add(block.number)
            else:
                missing.append(block)
        return missing

    @property
    def complete_bytes(self) -> int:
        """Bytes in blocks that are complete."""
        with self._lock:
            done = [self._plan.blocks[number] for number in self._done]
        return sum(block.end - block.start for block in done)

    def write(self, data: bytes, at: int) -> bool:
        """Write bytes of a block; return False once the file is closed."""
        left = memoryview(data)
        while left:
            with self._lock:
                if self._handle is None:
                    return False
                with naming(self._path):
                    count = os.pwrite(self._handle, left, at)
            left, at = left[count:], at + count
        return True

    def is_intact(self, block: Block) -> bool:
        """Return whether the bytes of a block match its checksum."""
        checksum, at = 0, block.start
        while at < block.end and self._handle is not None:
            interruption.check()
            data = os.pread(self._handle, min(_READ, block.end - at), at)
            checksum, at = google_crc32c.extend(checksum, data), at + len(data)
        return checksum == block.crc32c

    def complete(self, block: Block) -> None:
        """Record that a block is complete, and hash the file up to the first incomplete block."""
        with self._lock:
            self._done.add(block.number)
        if self._hashing.acquire(blocking=False):  # otherwise its holder hashes this block too
            try:
                self._hash_complete()
            finally:
                self._hashing.release()

    def _hash_complete(self) -> None:
        blocks = self._plan.blocks
        while self._hashed < len(blocks) and self._hashed in self._done:
            block = blocks[self._hashed]
            at = block.start
            while at < block.end and self._handle is not None:
                interruption.check()
                data = os.pread(self._handle, min(_READ, block.end - at), at)
                self._hash.update(data)
                at += len(data)
            self._hashed += 1

    def finish(self) -> CheckedFile:
        """Hash the rest; raise ContentMismatch unless the SHA-256 matches."""
        with self._hashing:
            self._hash_complete()
        return checked_file(self._entry, self._hash.hexdigest())
