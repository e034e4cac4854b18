"""Files on their way out: hashed once, read again to be sent, and watched for changes meanwhile."""

import hashlib
import mimetypes
import os
import threading
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from modelregistry.errors import FileChanged
from modelregistry.types import FileEntry

# Built-in types only: what the machine has in its own tables must not show in a manifest.
_TYPES: Final = mimetypes.MimeTypes()


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file as it was when it was found."""

    path: Path
    name: str
    """Its path in the manifest."""
    size: int
    state: tuple[int, int, int]
    """Modification time in nanoseconds, inode and device: what changes when the file does."""

    @classmethod
    def of(cls, path: Path, name: str, status: os.stat_result) -> Self:
        """Describe the file by its status."""
        state = (status.st_mtime_ns, status.st_ino, status.st_dev)
        return cls(path, name, status.st_size, state)

    def check_unchanged(self) -> None:
        """Raise FileChanged unless the file is as it was found."""
        try:
            now = LocalFile.of(self.path, self.name, self.path.stat())
        except FileNotFoundError as error:
            raise self.changed() from error
        if now != self:
            raise self.changed()

    def changed(self) -> FileChanged:
        """Return the error that says that this file changed."""
        message = f"{self.path} changed while it was being pushed; nothing was registered"
        return FileChanged(message, metadata={"path": str(self.path)})


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file and the digest of its bytes."""

    file: LocalFile
    digest: str
    """`sha256:<hex>`."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.size

    def entry(self) -> FileEntry:
        """Return its line in the manifest."""
        media_type, encoding = _TYPES.guess_type(self.file.name, strict=True)
        return FileEntry(
            path=self.file.name,
            digest=self.digest,
            size_bytes=self.size,
            media_type=media_type if media_type and not encoding else "",
        )

    def read(self) -> bytes:
        """Return all bytes; raise FileChanged when they are not those that were hashed."""
        data = self.file.path.read_bytes()
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != self.digest:
            raise self.file.changed()
        return data


def hash_file(file: LocalFile) -> HashedFile:
    """Hash the bytes; raise FileChanged when the file is not as it was found."""
    with file.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file.check_unchanged()
    return HashedFile(file, f"sha256:{digest}")


class PieceReader:
    """Reads a file piece by piece for a stream that may end at any moment, in any thread.

    `read` never raises: what went wrong ends the stream, and `check` raises it afterwards. gRPC
    would turn an error inside a stream of requests into a call cancelled for no stated reason. The
    file is opened by the first `read` and closed with the block, after which `read` gives nothing.
    """

    def __init__(self, file: LocalFile, offset: int, piece_size: int) -> None:
        self._file = file
        self._offset = offset
        self._piece_size = piece_size
        self._lock = threading.Lock()  # a thread may be reading still when the block is left
        self._stream: FileIO | None = None
        self._failure: OSError | FileChanged | None = None
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

    def read(self) -> bytes:
        """Return the next piece; nothing at the end, after a failure and once closed."""
        with self._lock:
            wanted = min(self._piece_size, self._file.size - self._offset)
            if self._closed or self._failure is not None or wanted <= 0:
                return b""
            try:
                data = self._opened().read(wanted)
            except OSError as error:
                self._failure = error
                return b""
            if not data:
                self._failure = self._file.changed()
                return b""
            self._offset += len(data)
            return data

    def _opened(self) -> FileIO:
        if self._stream is None:
            self._stream = self._file.path.open("rb", buffering=0)
            self._stream.seek(self._offset)
        return self._stream

    def check(self) -> None:
        """Raise what `read` met: OSError, or FileChanged for a file that got shorter."""
        if self._failure is not None:
            raise self._failure
