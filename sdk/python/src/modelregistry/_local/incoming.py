"""Files on their way in: written, hashed, synced."""

import hashlib
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from modelregistry.errors import ContentMismatch
from modelregistry.types import FileEntry

_FILE_MODE = 0o644


class Incoming:
    """A file being received. It must not exist yet; folders above it are made."""

    def __init__(self, path: Path, entry: FileEntry) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._entry = entry
        self._hash = hashlib.sha256()
        self._stream = path.open("xb")
        path.chmod(_FILE_MODE)
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def add(self, data: bytes) -> None:
        """Append bytes; raise ContentMismatch when they are more than the file has."""
        self.size += len(data)
        if self.size > self._entry.size_bytes:
            problem = f"more than its {self._entry.size_bytes} bytes came"
            raise self._mismatch(problem)
        self._hash.update(data)
        self._stream.write(data)

    def finish(self) -> None:
        """Sync the bytes to disk; raise ContentMismatch unless size and SHA-256 are right."""
        actual = f"sha256:{self._hash.hexdigest()}"
        if self.size != self._entry.size_bytes:
            problem = f"{self.size} of {self._entry.size_bytes} bytes came"
            raise self._mismatch(problem)
        if actual != self._entry.digest:
            problem = f"the bytes hash to {actual}, not to {self._entry.digest}"
            raise self._mismatch(problem)
        self._stream.flush()
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
