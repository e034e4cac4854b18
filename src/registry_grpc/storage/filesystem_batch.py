"""Batches of small blobs in a folder: the same steps as for one, with fewer waits for the disk.

1. Write each to a staged file of its own. No lock: its name is new, so there is no other writer.
   A collection removes a very old one as a leftover of a crash; then step 3 fails for it.
2. Make them durable.
3. Link each to its published name.
4. Make the names durable.

If the system can sync a whole file system, steps 2 and 4 are one sync each for any number
of blobs: 10,000 files of 4 KiB need one wait of 0.15 s; synced one by one they need 10,000 waits.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from uuid import UUID

from registry_grpc.domain.errors import BlobCorrupt, RegistryError
from registry_grpc.services.ports.blobstore import SmallBlob, StoredBlob
from registry_grpc.storage import layout
from registry_grpc.storage.disk import (
    DurableFolders,
    as_storage_error,
    sync_all,
    sync_data,
    sync_folder,
    syncs_at_once,
)
from registry_grpc.storage.private import FILE_MODE

_log = logging.getLogger(__name__)
_SYNCED_SINGLY = 8
"""Up to this number files are synced one by one: syncing a whole file system may take longer."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class BatchWriter:
    """Stores batches of small blobs below a folder."""

    def __init__(self, root: Path, folders: DurableFolders) -> None:
        """Use `root`, in which `folders` creates folders; nothing is created yet."""
        self._root = root
        self._folders = folders
        # Threads that work on many small files at once slow each other down by contention on the
        # GIL.
        self._lock = Lock()

    def store(
        self, namespace: str, batch: UUID, blobs: Sequence[SmallBlob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Store them, as the port specifies; an error of the disk is the result for all."""
        uploads = (self._root / layout.upload_key(namespace, str(batch))).parent
        targets = [f"{self._root}/{layout.blob_key(namespace, blob.digest)}" for blob in blobs]
        names = layout.upload_ids(batch, len(blobs))
        staged = list(map(_Staged, names, targets, blobs))
        try:
            self._folders.ensure(uploads)
            # Opened before the first write: syncfs reports errors since then.
            with _opened(uploads) as folder:
                try:
                    sizes = self._publish(staged, folder)
                finally:
                    _remove(names, folder)
        except OSError as error:
            return [as_storage_error(error)] * len(blobs)
        return [_answer(namespace, *found) for found in zip(blobs, sizes, strict=True)]

    def _publish(self, staged: Sequence["_Staged"], uploads: int) -> Sequence[int]:
        """Do the four steps; return the size of each published file."""
        folders = {Path(folder) for folder in {one.target.rpartition("/")[0] for one in staged}}
        if len(staged) <= _SYNCED_SINGLY or not syncs_at_once(uploads):
            unsynced = self._folders.make(folders)
            for one in staged:
                _write(one, uploads, sync=True)
            sizes = [_link(one, uploads) for one in staged]
            # Also for existing files: the process that linked them may have crashed before its
            # sync.
            for folder in unsynced | folders:
                sync_folder(folder)
        else:
            with self._lock:
                self._folders.make(folders)
                for one in staged:
                    _write(one, uploads, sync=False)
            sync_all(uploads)
            with self._lock:
                sizes = [_link(one, uploads) for one in staged]
            sync_all(uploads)
        self._folders.made(folders)
        return sizes


@dataclass(frozen=True, slots=True)
class _Staged:
    """A small blob, the name of its staged file, and the path of the published one."""

    name: str
    target: str
    blob: SmallBlob


def _write(staged: _Staged, folder: int, *, sync: bool) -> None:
    file = os.open(staged.name, _NEW, FILE_MODE, dir_fd=folder)
    try:
        rest = memoryview(staged.blob.data)
        while rest:  # a nearly full disk may write fewer bytes
            rest = rest[os.write(file, rest) :]
        if sync:
            sync_data(file)
    finally:
        os.close(file)


def _link(staged: _Staged, folder: int) -> int:
    try:
        # Unlike rename, link never replaces.
        os.link(staged.name, staged.target, src_dir_fd=folder)
    except FileExistsError:
        return Path(staged.target).stat().st_size
    return len(staged.blob.data)


def _remove(names: Sequence[str], folder: int) -> None:
    for name in names:
        try:
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            continue  # it was not written
        except OSError as error:
            _log.warning("could not remove the staged file %s: %s", name, error)


def _answer(namespace: str, blob: SmallBlob, size: int) -> StoredBlob | RegistryError:
    if size != len(blob.data):
        return BlobCorrupt(layout.blob_name(namespace, blob.digest))
    return StoredBlob(size=size, crc32c=None, generation=0)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)
