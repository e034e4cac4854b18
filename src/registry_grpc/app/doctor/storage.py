"""Checks of the blob store and of the disks: a probe object, preconditions, free space."""

import hashlib
import os
from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import google_crc32c

from registry_grpc.app.doctor.finding import Check, Finding, failed, passed, warned
from registry_grpc.app.doctor.owner import foreign_owner
from registry_grpc.app.opening import disk_space
from registry_grpc.config import Settings
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.limits import GIB
from registry_grpc.services.ports.blobstore import BlobStore, StoredBlob
from registry_grpc.storage.open import blob_folder, open_blob_store
from registry_grpc.storage.space import DiskSpace

_NAMESPACE: Final = "default"
_BYTES: Final = 32
_ROOM: Final = 1 * GIB
_ADVICE = "check --blobs, the credentials, and who may write there"
_FREE = "delete versions and run `registry-grpc gc`, or enlarge the disk"


def storage_checks(settings: Settings) -> list[Check]:
    """Return the checks."""
    space = disk_space(settings)
    return [
        Check("blobs", lambda: _blobs(settings), _ADVICE),
        Check("disk", lambda: _disks(settings, space), _FREE),
    ]


def _blobs(settings: Settings) -> Iterator[Finding]:
    folder, shown = blob_folder(settings.blobs_url), settings.described()["blobs"]
    if folder is not None and not folder.is_dir():
        advice = "`registry-grpc serve` creates it; check --data-dir and --blobs"
        yield failed("blobs", f"there is no folder {folder}", advice)
        return
    if folder is not None and (foreign := foreign_owner(folder)):
        yield failed("blobs", foreign, "run it as the user of the server")
        return
    store = open_blob_store(settings.blobs_url, connections=2)
    store.check()
    yield from _probe(store, shown)


def _probe(store: BlobStore, shown: str) -> Iterator[Finding]:
    """Write, read and delete an object that nothing references."""
    data = os.urandom(_BYTES)
    digest = Digest(hashlib.sha256(data).hexdigest())
    written = _write(store, digest, data)
    try:
        pieces = store.read(
            _NAMESPACE, digest, generation=written.generation, offset=0, length=_BYTES
        )
        if b"".join(pieces) != data:
            yield failed("blobs", f"{shown} returned other bytes than were written", _ADVICE)
            return
        # A second writer of the same bytes has to find those of the first.
        if _write(store, digest, data).generation == written.generation:
            yield passed("preconditions", "a second writer does not replace an object")
        else:
            advice = "use a service that supports ifGenerationMatch=0"
            yield failed("preconditions", "a second writer replaced an object", advice)
    finally:
        stored = store.stat(_NAMESPACE, digest) or written
        store.delete(_NAMESPACE, digest, generation=stored.generation)
    if store.stat(_NAMESPACE, digest) is None:
        yield passed("blobs", f"{shown}: an object was written, read and deleted")
    else:
        yield failed("blobs", f"{shown}: an object cannot be deleted", "grant the right to delete")


def _write(store: BlobStore, digest: Digest, data: bytes) -> StoredBlob:
    staged = store.stage(_NAMESPACE, digest, str(uuid4()), len(data))
    try:
        staged.write(data)
        return staged.publish(digest, google_crc32c.value(data))
    finally:
        staged.discard()


def _disks(settings: Settings, space: DiskSpace) -> Iterator[Finding]:
    yield from _database_disk(settings, space)
    free = space.blobs_free
    if free is None:
        return
    if space.blob_room == 0:
        yield failed("disk of blobs", f"{_size(free)} free: nothing can be stored", _FREE)
    elif free < _ROOM:
        yield warned("disk of blobs", f"{_size(free)} free", _FREE)
    else:
        yield passed("disk of blobs", f"{_size(free)} free")


def _database_disk(settings: Settings, space: DiskSpace) -> Iterator[Finding]:
    free = space.database_free
    if free is None:
        return
    if space.database_is_full:
        yield failed("disk of database", f"{_size(free)} free: writes are rejected", _FREE)
    elif free < _ROOM:
        yield warned("disk of database", f"{_size(free)} free", _FREE)
    else:
        yield passed("disk of database", f"{_size(free)} free")
    file = settings.database_file
    if file is not None and file.exists():
        if space.reserve_held:
            yield passed("reserve", "4 MiB are kept for recovery")
        else:
            advice = "a running server allocates it once 6 MiB are free"
            yield warned("reserve", "nothing is kept to recover from a full disk", advice)


def _size(count: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:  # noqa: PLR2004 - of the unit
            return f"{count:.0f} {unit}"
        count //= 1024
    return f"{count:,.0f} GiB"
