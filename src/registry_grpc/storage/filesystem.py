"""Blobs as files.

A blob is written beside the published ones, synced, and linked to its name: a name appears only
with all of its bytes, and never replaces another. See `layout` for the folders.
"""

import errno
import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from typing_extensions import override

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobCorrupt,
    BlobNotFound,
    RegistryError,
    StorageFull,
    StorageUnavailable,
)
from registry_grpc.services.ports.blobstore import BlobStore, StagedBlob, StoredBlob
from registry_grpc.storage import layout

PIECE = 1024 * 1024  # bytes; the largest piece that `read` yields
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600

_log = logging.getLogger(__name__)


def as_storage_error(error: OSError) -> RegistryError:
    """Return StorageFull when the disk, a quota or a size limit is exhausted, else Unavailable."""
    return StorageFull() if error.errno in _FULL else StorageUnavailable()


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise as_storage_error(error) from error


class FilesystemBlobStore(BlobStore):
    """Blobs below one folder, which is made when it is first needed. Safe between processes.

    Files belong to the server's user alone (0600, folders 0700). No checksum is kept and there
    are no generations: `crc32c` is None and `generation` is 0.
    """

    def __init__(self, root: Path) -> None:
        """Use `root`; nothing is touched yet."""
        self._root = root
        self._folders = _DurableFolders(root)

    @override
    def stage(self, namespace: str, digest: Digest, upload_id: str, size: int) -> StagedBlob:
        path = self._root / layout.upload_key(namespace, upload_id)
        target = self._root / layout.blob_key(namespace, digest)
        with _disk():
            self._folders.ensure(path.parent)
            file = _open_locked(path)
        return _StagedFile(file, path, target, self._folders, layout.blob_name(namespace, digest))

    @override
    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        with _disk():
            try:
                return _stored(self._root / layout.blob_key(namespace, digest))
            except FileNotFoundError:
                return None

    @override
    def read(
        self, namespace: str, digest: Digest, *, generation: int, offset: int, length: int
    ) -> Iterator[bytes]:
        name = layout.blob_name(namespace, digest)
        if generation:
            raise BlobNotFound(name)
        with _disk():
            try:
                file = FileIO(self._root / layout.blob_key(namespace, digest))
            except FileNotFoundError as error:
                raise BlobNotFound(name) from error
        with file:
            end = offset + length
            while offset < end:
                with _disk():
                    piece = os.pread(file.fileno(), min(PIECE, end - offset), offset)
                if not piece:
                    raise BlobCorrupt(name)
                offset += len(piece)
                yield piece

    @override
    def delete(self, namespace: str, digest: Digest, *, generation: int) -> None:
        path = self._root / layout.blob_key(namespace, digest)
        if generation:
            return
        with _disk(), suppress(FileNotFoundError):
            path.unlink()
            _sync_folder(path.parent)

    @override
    def check(self) -> None:
        folder = self._root / layout.UPLOADS
        with _disk():
            self._folders.ensure(folder)
            # Has no name where the system can do that, so that a crash leaves nothing behind.
            with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                file.write(b"check")
                os.fsync(file.fileno())


class _StagedFile(StagedBlob):
    """A file that is locked for as long as somebody writes to it."""

    def __init__(
        self, file: FileIO, path: Path, target: Path, folders: "_DurableFolders", name: str
    ) -> None:
        self._file = file
        self._path = path
        self._target = target
        self._folders = folders
        self._name = name
        self._size = 0
        self._named = False

    @override
    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with _disk():
            while rest:  # a disk that is nearly full takes fewer bytes than offered
                written = self._file.write(rest)
                self._size += written
                rest = rest[written:]

    @override
    def flush(self) -> int:
        with _disk():
            os.fsync(self._file.fileno())
            if not self._named:
                _sync_folder(self._path.parent)
                self._named = True
        return self._size

    @override
    def publish(self, crc32c: int) -> StoredBlob:
        with _disk():
            os.fsync(self._file.fileno())
            self._folders.ensure(self._target.parent)
            with suppress(FileExistsError):
                # Unlike rename, link never replaces. The lock makes the path ours.
                os.link(self._path, self._target)
            # Whoever linked it may not have come to this line: without it, a power cut could
            # take back a name that we are about to report as published.
            _sync_folder(self._target.parent)
            stored = _stored(self._target)
        if stored.size != self._size:
            raise BlobCorrupt(self._name)
        self.discard()
        return stored

    @override
    def discard(self) -> None:
        if self._file.closed:
            return
        with self._file:
            try:
                # Before closing: once the lock is gone the path may belong to somebody else.
                self._path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("could not remove the staged file %s: %s", self._path, error)


class _DurableFolders:
    """Folders whose names are known to survive a power cut."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: set[Path] = set()

    def ensure(self, folder: Path) -> None:
        """Make the folder and its parents, and sync each name once, whoever made it."""
        if folder in self._known and folder.is_dir():
            return
        if folder == self._root:
            if not folder.is_dir():
                folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
                _sync_folder(folder.parent)
        else:
            self.ensure(folder.parent)
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            _sync_folder(folder.parent)
        self._known.add(folder)


def _open_locked(path: Path) -> FileIO:
    """Open a new file for one writer alone, in place of what a crash may have left there.

    A file that is being written is not taken over (BlockingIOError): two writers in one file
    would publish a mixture that neither of them hashed. The lock dies with its process.
    """
    while True:
        file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE), "w")
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            state = os.fstat(file.fileno())
            if _names(path, state):
                if state.st_size == 0 and state.st_nlink == 1:
                    return file
                # Left by a crash. Never truncated: it may be linked as a published blob.
                path.unlink(missing_ok=True)
        except BaseException:
            file.close()
            raise
        file.close()


def _names(path: Path, state: os.stat_result) -> bool:
    """Say whether the path still leads to this file: its last writer may have discarded it."""
    try:
        return os.path.samestat(path.stat(), state)
    except FileNotFoundError:
        return False


def _stored(path: Path) -> StoredBlob:
    return StoredBlob(size=path.stat().st_size, crc32c=None, generation=0)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
