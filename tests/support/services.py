"""The use cases over a real database and real files, with a clock that a test moves."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import google_crc32c

from registry_grpc.domain.blob import Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.limits import MIB, TransferLimits
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.names import ModelName, UploadName
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import VersionState
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.batch import Batches
from registry_grpc.services.blob import Blobs
from registry_grpc.services.blob_copying import BlobCopies
from registry_grpc.services.blob_space import BlobSpace
from registry_grpc.services.garbage import Ages, Collected, Garbage
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.ports.space import Space
from registry_grpc.services.purge import Purges
from registry_grpc.services.registration import Registrations
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.staging_area import StagingArea
from registry_grpc.services.upload import Uploads
from registry_grpc.services.version import Versions
from registry_grpc.services.version_copying import VersionCopies
from registry_grpc.services.version_state import VersionStates
from registry_grpc.storage.filesystem import FilesystemBlobStore
from registry_grpc.storage.sha256 import Sha256, libcrypto
from registry_grpc.storage.space import DiskSpace
from registry_grpc.transport.convert.record import record_digest

NAMESPACE = "default"
MODEL = ModelName(NAMESPACE, "fraud")
START = datetime(2026, 5, 3, 12, tzinfo=UTC)


def _unencoded(_result: object, _history: str) -> bytes:
    return b""


@dataclass
class MovableClock:
    """Returns the time that it was set to."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return it."""
        return self.now

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


def digest_of(data: bytes) -> Digest:
    """SHA-256 of data."""
    return Digest(hashlib.sha256(data).hexdigest())


@dataclass
class LocalRegistry:
    """The use cases that concern bytes, wired as the server wires them."""

    database: SqlDatabase
    store: BlobStore
    folder: Path
    clock: MovableClock = field(default_factory=MovableClock)
    limits: TransferLimits = field(default_factory=TransferLimits)
    space: Space = field(default_factory=lambda: DiskSpace(None, None))

    def __post_init__(self) -> None:
        """Wire everything."""
        ids = uuid4
        mutations = Mutations(self.database, self.clock)
        hashing = Sha256(libcrypto())
        self.area = StagingArea(
            self.database, self.store, hashing, self.clock, self.limits.upload_ttl
        )
        self.room = BlobSpace(
            self.space, self.database, self.area, self.clock, self.limits.upload_ttl
        )
        self.uploads = Uploads(
            self.database,
            mutations,
            self.area,
            self.clock,
            ids,
            self.limits,
            self.room,
            late_digest=self.store.late_digest,
        )
        self.blobs = Blobs(self.database, self.store, self.clock, self.limits, self.room)
        self.batches = Batches(self.database, self.store, self.clock, ids, self.limits, self.room)
        self.registrations = Registrations(self.database, mutations, ids, JsonSchemaRules())
        self.versions = Versions(self.database, mutations, ReplyMemory(64 * MIB))
        self.copies = VersionCopies(
            self.database,
            mutations,
            self.registrations,
            BlobCopies(self.database, self.store, self.clock, ids, self.limits),
            ReplyMemory(64 * MIB),
        )
        self.lives = VersionStates(mutations)
        self.garbage = Garbage(self.database, self.store, self.area, self.clock)

    def call(self) -> Mutation[Any]:
        """Return what a mutating use case needs, without a request id."""
        return Mutation(Principal("tester", Role.ADMIN), "", "", _unencoded)

    def begin(self, data: bytes, caller: str = "tester") -> UploadName:
        """Begin an upload of data and return its name."""
        mutation: Mutation[Upload] = Mutation(Principal(caller, Role.ADMIN), "", "", _unencoded)
        begun = self.uploads.begin(mutation, NAMESPACE, digest_of(data), len(data)).result
        assert begun is not None
        return begun.name

    def push(self, data: bytes) -> Digest:
        """Upload and commit data."""
        name = self.begin(data)
        writer = self.uploads.writer(name)
        writer.write(0, data, google_crc32c.value(data))
        writer.close()
        self.uploads.commit(name, None)
        return digest_of(data)

    def register(self, *contents: bytes) -> None:
        """Register a version of files that are there."""
        files = [
            FileEntry(f"file-{number}", digest_of(data), len(data))
            for number, data in enumerate(contents)
        ]
        wanted = Registration(VersionDraft(files), create_model=True)
        self.registrations.register(self.call(), MODEL, wanted)

    def delete(self, number: int) -> None:
        """Delete a version."""
        reference = Reference.parse(f"{MODEL.model}/{number}")
        self.versions.delete(self.call(), reference, "", "", force=True)

    def purge(self, number: int) -> None:
        """Purge a deleted version."""
        purges = Purges(Mutations(self.database, self.clock))
        purges.version(self.call(), Reference.parse(f"{MODEL.model}/{number}"), "", "leaked")

    def revoke(self, number: int) -> None:
        """Revoke a version."""
        reference = Reference.parse(f"{MODEL.model}/{number}")
        self.lives.set(self.call(), reference, VersionState.REVOKED, "", "a test")

    def collect(self, *, dry_run: bool = False, grace: timedelta = timedelta(0)) -> Collected:
        """Collect garbage, a second later, with ages that make it go as early as can be."""
        self.clock.forward(timedelta(seconds=1))
        ages = Ages(grace=grace, orphan_age=timedelta(0))
        return self.garbage.collect(ages, dry_run=dry_run)

    def used(self) -> int:
        """Return the bytes that the namespace holds, open uploads included."""
        return self.blobs.limits(NAMESPACE).used

    def stored(self) -> set[Digest]:
        """Return what is published, as the store itself says."""
        return {digest for _, digest, _, _ in self.store.published()}


@contextmanager
def local_registry(
    database_url: str,
    folder: Path,
    limits: TransferLimits | None = None,
    store: BlobStore | None = None,
    space: Space | None = None,
) -> Iterator[LocalRegistry]:
    """Open a registry on a migrated database and a folder, or another store."""
    with open_database(database_url, pool_size=32, digest=record_digest) as database:
        store = store or FilesystemBlobStore(folder)
        yield LocalRegistry(
            database,
            store,
            folder,
            limits=limits or TransferLimits(),
            space=space or DiskSpace(None, None),
        )
