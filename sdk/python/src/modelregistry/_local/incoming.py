"""Files that are downloaded in order: written, hashed and resumed."""

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

from modelregistry._local import interruption
from modelregistry._local.copying import copy_into, finish_file, start_writeback
from modelregistry._local.folder_tree import naming
from modelregistry.errors import ContentMismatch
from modelregistry.types import FileEntry

_BEHIND: Final = 4
_READ: Final = 1024 * 1024
_WRITE_OUT: Final = 8 * 1024 * 1024


class IncomingFile:
    """A file that is received in order, from any thread; missing folders are created.

    Bytes that the file has already are hashed and kept. A separate thread hashes and writes, a few
    pieces behind. The end of the `with` block closes the file.
    """

    def __init__(self, path: Path, entry: FileEntry) -> None:
        self._path = path
        self._entry = entry
        self._hash = hashlib.sha256()
        self._size = 0
        self._begun = 0
        self._lock = threading.Lock()  # a thread may still call `add` when the block ends
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
            thread.shutdown(cancel_futures=False)  # the next attempt resumes after these bytes
        if self._stream is not None:
            self._stream.close()

    def open(self) -> int:
        """Open or create the file; return the number of bytes that it has."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        stream = self._stream = self._path.open("rb+", buffering=0)
        if self._path.stat().st_size > self._entry.size_bytes:
            stream.truncate(0)
        while data := stream.read(_READ):
            self._hash.update(data)
            self._size += len(data)
            interruption.check()
        self._thread = ThreadPoolExecutor(1, "modelregistry-write")
        return self._size

    def add(self, data: bytes) -> None:
        """Append bytes; raise ContentMismatch when they exceed the size of the file."""
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
        with naming(self._path):
            while left:  # a raw write may write fewer bytes than given
                left = left[self._stream.write(left) :]
        end = self._stream.tell()
        if end - self._begun >= _WRITE_OUT:
            start_writeback(self._stream.fileno(), self._begun, end - self._begun)
            self._begun = end
        self._hash.update(data)

    def finish(self) -> "CheckedFile":
        """Wait until all bytes are written; raise ContentMismatch unless size and SHA-256 match."""
        with self._lock:
            behind, self._behind = self._behind, deque()
        for written in behind:
            written.result()
        if self._size != self._entry.size_bytes:
            raise mismatch(self._entry, f"{self._size} of {self._entry.size_bytes} bytes came")
        return checked_file(self._entry, self._hash.hexdigest())


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The digest of a file that this process hashed; only `checked_file` creates it."""

    digest: str


@dataclass(frozen=True, slots=True)
class CheckedBytes:
    """Bytes that this process hashed, and their digest; only `checked_bytes` creates it."""

    digest: str
    data: bytes


def checked_file(entry: FileEntry, hexdigest: str) -> CheckedFile:
    """Compare the SHA-256 of a file with its entry; raise ContentMismatch when they differ."""
    if f"sha256:{hexdigest}" != entry.digest:
        raise mismatch(entry, f"the bytes hash to sha256:{hexdigest}, not to {entry.digest}")
    return CheckedFile(entry.digest)


def checked_bytes(entry: FileEntry, data: bytes) -> CheckedBytes:
    """Hash bytes; raise ContentMismatch unless size and digest are those of the entry."""
    if len(data) != entry.size_bytes:
        raise mismatch(entry, f"{len(data)} of {entry.size_bytes} bytes came")
    checked_file(entry, hashlib.sha256(data).hexdigest())
    return CheckedBytes(entry.digest, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file and sync it; create missing folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path), path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        finish_file(stream.fileno())


def mismatch(entry: FileEntry, problem: str) -> ContentMismatch:
    """Return the error for a received file that differs from its entry."""
    return ContentMismatch(f"{entry.path}: {problem}", metadata={"path": entry.path})


def copy_file(source: Path, copy: Path) -> bool:
    """Copy a file and sync the copy; return whether it shares the blocks of the original."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(source, os.O_RDONLY)
    try:
        return copy_into(handle, copy)
    finally:
        os.close(handle)
