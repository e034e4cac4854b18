"""Files on their way in, from the first byte to the last: written, hashed, taken up again."""

import hashlib
import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from modelregistry._local.copying import begin_write_out, copy_into, settle
from modelregistry.errors import ContentMismatch
from modelregistry.types import FileEntry

_BEHIND: Final = 4
_READ: Final = 1024 * 1024
_WRITE_OUT: Final = 8 * 1024 * 1024


class Incoming:
    """A file being received in order, in whichever thread; folders above it are made.

    A part that is there already is hashed and kept. Bytes are hashed and written by a thread of its
    own, a few pieces behind. The file is closed with the block.
    """

    def __init__(self, path: Path, entry: FileEntry) -> None:
        self._path = path
        self._entry = entry
        self._hash = hashlib.sha256()
        self._size = 0
        self._begun = 0
        self._lock = threading.Lock()  # a thread may be adding still when the block is left
        self._behind: deque[Future[None]] = deque()
        self._thread: ThreadPoolExecutor | None = None
        self._stream: FileIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown(cancel_futures=False)  # what came is worth keeping
        if self._stream is not None:
            self._stream.close()

    def open(self) -> int:
        """Open or create the file; return how many bytes it has already."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        stream = self._stream = self._path.open("rb+", buffering=0)
        if self._path.stat().st_size > self._entry.size_bytes:
            stream.truncate(0)
        while data := stream.read(_READ):
            self._hash.update(data)
            self._size += len(data)
        self._thread = ThreadPoolExecutor(1, "modelregistry-write")
        return self._size

    def add(self, data: bytes) -> None:
        """Append bytes; raise ContentMismatch when they are more than the file has."""
        with self._lock:
            if self._thread is None:
                return
            self._size += len(data)
            if self._size > self._entry.size_bytes:
                problem = f"more than its {self._entry.size_bytes} bytes came"
                raise mismatch(self._entry, problem)
            self._behind.append(self._thread.submit(self._write, data))
            oldest = self._behind.popleft() if len(self._behind) > _BEHIND else None
        if oldest is not None:
            oldest.result()

    def _write(self, data: bytes) -> None:
        if self._stream is None:
            return
        left = memoryview(data)
        while left:  # a raw write may take less than it is given
            left = left[self._stream.write(left) :]
        end = self._stream.tell()
        if end - self._begun >= _WRITE_OUT:
            begin_write_out(self._stream.fileno(), self._begun, end - self._begun)
            self._begun = end
        self._hash.update(data)

    def finish(self) -> "CheckedFile":
        """Wait until all is written; raise ContentMismatch unless size and SHA-256 are right."""
        with self._lock:
            behind, self._behind = self._behind, deque()
        for written in behind:
            written.result()
        if self._size != self._entry.size_bytes:
            raise mismatch(self._entry, f"{self._size} of {self._entry.size_bytes} bytes came")
        return checked_file(self._entry, self._hash.hexdigest())


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The digest of a file that this process hashed whole; made by `checked_file` alone."""

    digest: str


@dataclass(frozen=True, slots=True)
class CheckedBytes:
    """Bytes that this process hashed, and their digest; made by `checked_bytes` alone."""

    digest: str
    data: bytes


def checked_file(entry: FileEntry, hexdigest: str) -> CheckedFile:
    """Take the SHA-256 of all bytes of a file; raise ContentMismatch unless it is the entry's."""
    if f"sha256:{hexdigest}" != entry.digest:
        raise mismatch(entry, f"the bytes hash to sha256:{hexdigest}, not to {entry.digest}")
    return CheckedFile(entry.digest)


def checked_bytes(entry: FileEntry, data: bytes) -> CheckedBytes:
    """Hash bytes; raise ContentMismatch unless they are those of the entry."""
    if len(data) != entry.size_bytes:
        raise mismatch(entry, f"{len(data)} of {entry.size_bytes} bytes came")
    checked_file(entry, hashlib.sha256(data).hexdigest())
    return CheckedBytes(entry.digest, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file, synced; folders above it are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        settle(stream.fileno())


def mismatch(entry: FileEntry, problem: str) -> ContentMismatch:
    """Return the error that says what is wrong with a file that came."""
    return ContentMismatch(f"{entry.path}: {problem}", metadata={"path": entry.path})


def duplicate(source: Path, copy: Path) -> bool:
    """Write a file's bytes under a second name, synced; tell whether that took no room."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(source, os.O_RDONLY)
    try:
        return copy_into(handle, copy)
    finally:
        os.close(handle)
