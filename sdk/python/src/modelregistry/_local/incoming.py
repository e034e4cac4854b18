"""Files on their way in: written, hashed, synced."""

import hashlib
import os
import shutil
import threading
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from modelregistry.errors import ContentMismatch
from modelregistry.types import FileEntry

_FILE_MODE = 0o644


class Incoming:
    """A file being received, in whichever thread; folders above it are made.

    It is opened by `open`, must not exist before, and is closed with the block.
    """

    def __init__(self, path: Path, entry: FileEntry) -> None:
        self._path = path
        self._entry = entry
        self._hash = hashlib.sha256()
        self._size = 0
        self._lock = threading.Lock()  # a thread may be writing still when the block is left
        self._stream: FileIO | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
            if self._stream is not None:
                self._stream.close()

    def open(self) -> None:
        """Create the file."""
        with self._lock:
            if self._closed:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._path.open("xb", buffering=0)
            self._path.chmod(_FILE_MODE)

    def add(self, data: bytes) -> None:
        """Append bytes; raise ContentMismatch when they are more than the file has."""
        with self._lock:
            if self._stream is None or self._closed:
                return
            self._size += len(data)
            if self._size > self._entry.size_bytes:
                problem = f"more than its {self._entry.size_bytes} bytes came"
                raise self._mismatch(problem)
            self._hash.update(data)
            left = memoryview(data)
            while left:  # a raw write may take less than it is given
                left = left[self._stream.write(left) :]

    def finish(self) -> None:
        """Sync the bytes to disk; raise ContentMismatch unless size and SHA-256 are right."""
        with self._lock:
            actual = f"sha256:{self._hash.hexdigest()}"
            if self._size != self._entry.size_bytes:
                problem = f"{self._size} of {self._entry.size_bytes} bytes came"
                raise self._mismatch(problem)
            if actual != self._entry.digest:
                problem = f"the bytes hash to {actual}, not to {self._entry.digest}"
                raise self._mismatch(problem)
            if self._stream is not None and not self._closed:
                os.fsync(self._stream.fileno())

    def _mismatch(self, problem: str) -> ContentMismatch:
        return ContentMismatch(
            f"{self._entry.path}: {problem}", metadata={"path": self._entry.path}
        )


def duplicate(source: Path, copy: Path) -> None:
    """Write a file's bytes under a second name, synced."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)
    copy.chmod(_FILE_MODE)
    with copy.open("rb+") as stream:
        os.fsync(stream.fileno())
