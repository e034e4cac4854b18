"""Blobs as files.

A blob is written beside the published ones, synced, and linked to its name: a name appears only
with all of its bytes, and never replaces another. See `layout` for the folders.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from uuid import UUID

from typing_extensions import override

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound, RegistryError
from registry_grpc.services.ports.blobstore import (
    BlobStore,
    SessionLost,
    SignedUrl,
    SmallBlob,
    StagedBlob,
    StoredBlob,
)
from registry_grpc.storage import layout
from registry_grpc.storage.disk import DurableFolders, disk, paths_below, sync_folder
from registry_grpc.storage.filesystem_batch import BatchWriter
from registry_grpc.storage.filesystem_copy import link_all
from registry_grpc.storage.filesystem_lock import open_again, open_new, remove
from registry_grpc.storage.filesystem_upload import StagedFile, UploadPaths, stored_file
from registry_grpc.storage.writers import Writers

PIECE = 1024 * 1024  # bytes; the largest piece that is yielded


class FilesystemBlobStore(BlobStore):
    """Blobs below one folder, which is created on first use. Safe between processes.

    Files are private to the server's user (0600, folders 0700). There are no stored checksums and
    no generations: `crc32c` is None and `generation` is 0.

    An upload with a writer in another running process is not touched: `stage`, `resume` and
    `drop_staged` then raise StorageUnavailable, until that process releases it or ends. A writer
    in this process is released instead: all its later calls raise StorageUnavailable.
    """

    def __init__(self, root: Path) -> None:
        """Use `root`; nothing is created yet."""
        self._root = root
        self._folders = DurableFolders(root)
        self._writers = Writers()
        self._batches = BatchWriter(root, self._folders)

    @property
    @override
    def late_digest(self) -> bool:
        return True

    @override
    def stage(self, namespace: str, digest: Digest | None, upload_id: str, size: int) -> StagedBlob:
        paths = UploadPaths(self._root, namespace, upload_id, digest)
        path = paths.path
        self._writers.release_writer(str(path))
        with disk():
            self._folders.ensure(path.parent)
            remove(paths.beside)
            file = open_new(path)
        return self._entered(StagedFile(file, paths, self._folders), path)

    @override
    def store_all(
        self, namespace: str, batch: UUID, blobs: Sequence[SmallBlob]
    ) -> Sequence[StoredBlob | RegistryError]:
        return self._batches.store(namespace, batch, blobs)

    @override
    def copy_all(
        self, target: str, batch: UUID, blobs: Sequence[Blob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Link each to a second name; copy the bytes of those that cannot be linked."""
        linked = link_all(self._root, self._folders, target, blobs)
        ids = layout.upload_ids(batch, len(blobs))
        return [
            self._rewritten(target, upload_id, blob) if found is None else found
            for upload_id, blob, found in zip(ids, blobs, linked, strict=True)
        ]

    def _rewritten(self, target: str, upload_id: str, blob: Blob) -> StoredBlob | RegistryError:
        try:
            staged = self.stage(target, blob.digest, upload_id, blob.size)
            try:
                for piece in self.read(
                    blob.namespace,
                    blob.digest,
                    generation=blob.generation,
                    offset=0,
                    length=blob.size,
                ):
                    staged.write(piece)
                return staged.publish(blob.digest, blob.crc32c)
            finally:
                staged.discard()
        except RegistryError as error:
            return error

    @override
    def resume(
        self,
        namespace: str,
        digest: Digest | None,
        upload_id: str,
        size: int,
        state: bytes,
        offset: int,
    ) -> StagedBlob:
        if not offset:
            return self.stage(namespace, digest, upload_id, size)
        paths = UploadPaths(self._root, namespace, upload_id, digest)
        path = paths.path
        self._writers.release_writer(str(path))
        with disk():
            file = open_again(path, paths.beside, offset, size)
        return self._entered(StagedFile(file, paths, self._folders, size=offset), path)

    @override
    def staged_bytes(self, namespace: str, upload_id: str, length: int) -> Iterator[bytes]:
        """Yield the first bytes of the staged file; raise SessionLost if they end early."""
        with disk():
            try:
                file = FileIO(UploadPaths(self._root, namespace, upload_id).path)
            except FileNotFoundError as error:
                raise SessionLost from error
        with file:
            yield from _pieces(file, 0, length, SessionLost())

    @override
    def drop_staged(self, namespace: str, upload_id: str, state: bytes) -> None:
        paths = UploadPaths(self._root, namespace, upload_id)
        self._writers.release_writer(str(paths.path))
        with disk():
            remove(paths.path)
            remove(paths.beside)

    @override
    def staged(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield each upload with a staged file; twice if a crash left a copy (see `layout`)."""
        for path in paths_below(self._root / layout.UPLOADS, 2):
            state = _state(path)
            if state is not None:
                yield (
                    path.parent.name,
                    layout.upload_of(path.name),
                    datetime.fromtimestamp(state.st_mtime, UTC),
                )

    @override
    def published(self) -> Iterator[tuple[str, Digest, StoredBlob, datetime]]:
        for path in paths_below(self._root / layout.BLOBS, 4):
            found = layout.read_blob_key(path.relative_to(self._root).as_posix())
            state = _state(path)
            if found is None or state is None:
                continue
            # Not mtime, the time of the last write: the link may be much later, and it sets
            # ctime.
            yield *found, stored_file(state), datetime.fromtimestamp(state.st_ctime, UTC)

    @override
    def sign(
        self,
        namespace: str,
        digest: Digest,
        *,
        generation: int,
        valid_for: timedelta,
        now: datetime,
    ) -> SignedUrl | None:
        return None

    @override
    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        state = _state(self._root / layout.blob_key(namespace, digest))
        return None if state is None else stored_file(state)

    @override
    def read(
        self, namespace: str, digest: Digest, *, generation: int, offset: int, length: int
    ) -> Iterator[bytes]:
        name = layout.blob_name(namespace, digest)
        if generation:
            raise BlobNotFound(name)
        with disk():
            try:
                file = FileIO(self._root / layout.blob_key(namespace, digest))
            except FileNotFoundError as error:
                raise BlobNotFound(name) from error
        with file:
            yield from _pieces(file, offset, offset + length, BlobCorrupt(name))

    @override
    def delete(self, namespace: str, digest: Digest, *, generation: int) -> None:
        path = self._root / layout.blob_key(namespace, digest)
        if generation:
            return
        with disk(), suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    @override
    def check(self) -> None:
        folder = self._root / layout.UPLOADS
        with disk():
            self._folders.ensure(folder)
            # A file without a name, if the system supports it, so that a crash leaves nothing
            # behind.
            with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                file.write(b"check")
                os.fsync(file.fileno())

    def _entered(self, staged: StagedFile, path: Path) -> StagedFile:
        self._writers.register(str(path), staged)
        return staged


def _state(path: Path) -> os.stat_result | None:
    """Return the status of a path; None if it does not exist."""
    with disk():
        try:
            return path.stat()
        except FileNotFoundError:
            return None


def _pieces(file: FileIO, offset: int, end: int, early: Exception) -> Iterator[bytes]:
    """Yield the bytes from `offset` to `end`; raise `early` when the file ends first."""
    while offset < end:
        with disk():
            piece = os.pread(file.fileno(), min(PIECE, end - offset), offset)
        if not piece:
            raise early
        offset += len(piece)
        yield piece
