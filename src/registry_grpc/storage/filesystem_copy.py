"""Copies of published blobs in another namespace of a folder: a second name of the same file.

A hard link needs no space and no bytes are moved. Each name is removed on its own, and the bytes go
with the last one, so namespaces stay independent. A file whose system allows no further link is
left to the caller, who writes it again.
"""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound, RegistryError
from registry_grpc.services.ports.blobstore import StoredBlob
from registry_grpc.storage import layout
from registry_grpc.storage.disk import (
    DurableFolders,
    as_storage_error,
    sync_all,
    sync_folder,
    syncs_at_once,
)

_SYNCED_SINGLY: Final = 8
"""Up to this number of folders are synced one by one."""
# Too many links of one file, or a namespace on a file system of its own.
_UNLINKABLE: Final = frozenset({errno.EMLINK, errno.EXDEV, errno.EPERM, errno.ENOTSUP})


def link_all(
    root: Path, folders: DurableFolders, target: str, blobs: Sequence[Blob]
) -> Sequence[StoredBlob | RegistryError | None]:
    """Link the blobs into the target namespace, durably; None for one that needs another file.

    An error of the disk is the result for all.
    """
    paths = [root / layout.blob_key(target, blob.digest) for blob in blobs]
    parents = {path.parent for path in paths}
    try:
        unsynced = folders.make(parents)
        found = [_linked(root, blob, path) for blob, path in zip(blobs, paths, strict=True)]
        # Also for existing files: the process that linked them may have crashed before its sync.
        _sync(root / layout.BLOBS, unsynced | parents)
        folders.made(parents)
    except OSError as error:
        return [as_storage_error(error)] * len(blobs)
    return found


def _linked(root: Path, blob: Blob, path: Path) -> StoredBlob | RegistryError | None:
    name = layout.blob_name(blob.namespace, blob.digest)
    source = root / layout.blob_key(blob.namespace, blob.digest)
    try:
        if blob.generation:
            return BlobNotFound(name)
        if source.stat().st_size != blob.size:
            return BlobCorrupt(name)
        # Unlike rename, link never replaces.
        os.link(source, path)
    except FileExistsError:
        if path.stat().st_size != blob.size:
            return BlobCorrupt(name)
    except FileNotFoundError:
        return BlobNotFound(name)
    except OSError as error:
        if error.errno in _UNLINKABLE:
            return None
        raise
    return StoredBlob(size=blob.size, crc32c=None, generation=0)


def _sync(below: Path, folders: frozenset[Path]) -> None:
    """Make the names in these folders durable."""
    if len(folders) <= _SYNCED_SINGLY:
        for folder in folders:
            sync_folder(folder)
        return
    handle = os.open(below, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if syncs_at_once(handle):
            sync_all(handle)
            return
    finally:
        os.close(handle)
    for folder in folders:
        sync_folder(folder)
