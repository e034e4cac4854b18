"""Files on their way out: hashed once, read again to be sent, and watched for changes meanwhile."""

import hashlib
import mimetypes
import os
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from pathlib import Path
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
        name = self.file.name.rpartition("/")[2].lstrip(".")
        return FileEntry(
            path=self.file.name,
            digest=self.digest,
            size_bytes=self.size,
            media_type=_media_type("".join(name.partition(".")[1:])),
        )


@lru_cache(maxsize=1024)
def _media_type(suffixes: str) -> str:
    """Return what files are that end like this, '' for unknown; many files end alike."""
    media_type, encoding = _TYPES.guess_type(f"name{suffixes}", strict=True)
    return media_type if media_type and not encoding else ""


def hash_file(file: LocalFile) -> HashedFile:
    """Hash the bytes; raise FileChanged when the file is not as it was found."""
    with file.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file.check_unchanged()
    return HashedFile(file, f"sha256:{digest}")


def read_file(file: LocalFile) -> tuple[HashedFile, bytes]:
    """Return all bytes of a small file with their digest; FileChanged as `hash_file`."""
    try:
        with FileIO(os.fspath(file.path)) as stream:
            data = stream.read(file.size + 1)
            now = LocalFile.of(file.path, file.name, os.fstat(stream.fileno()))
    except FileNotFoundError as error:
        raise file.changed() from error
    if len(data) != file.size or now != file:
        raise file.changed()
    return HashedFile(file, f"sha256:{hashlib.sha256(data).hexdigest()}"), data
