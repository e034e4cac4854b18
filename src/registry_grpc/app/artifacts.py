"""ArtifactService: the bytes, their use cases and their handlers."""

from collections.abc import Callable
from dataclasses import dataclass

from registry_grpc.app.core import Core
from registry_grpc.app.opening import disk_space, limits_of, open_bytes, staging_area
from registry_grpc.app.sources import clock, uuid7
from registry_grpc.config import Settings
from registry_grpc.domain.limits import MIB
from registry_grpc.services.batch import Batches
from registry_grpc.services.blob import Blobs
from registry_grpc.services.blob_copying import BlobCopies
from registry_grpc.services.blob_space import BlobSpace
from registry_grpc.services.garbage import Garbage
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.upload import Uploads
from registry_grpc.services.usage import Usage
from registry_grpc.storage.space import DiskSpace
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.blob import BlobHandlers
from registry_grpc.transport.byte_budget import ByteBudget
from registry_grpc.transport.registration import ReadLimits
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.upload import UploadHandlers

_STREAM_BYTES = 64 * MIB
_STREAM_BYTES_EACH = 32 * MIB


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The handlers, and what else works on the bytes. limits: reads those of a namespace."""

    handlers: tuple[object, ...]
    limits: ReadLimits
    copies: BlobCopies
    store: BlobStore
    space: DiskSpace
    garbage: Garbage
    usage: Usage

    @classmethod
    def open(cls, core: Core, settings: Settings, threads: Threads) -> "Artifacts":
        """Open the blob store; raises StorageUnavailable. threads: in which uploads write to it."""
        database, metrics = core.database, core.metrics
        store = open_bytes(settings, metrics.operation.bucket_answered)
        space, limits, late = disk_space(settings), limits_of(settings), store.late_digest
        area = staging_area(database, store)
        room = BlobSpace(space, database, area, clock, limits.upload_ttl)
        blobs = Blobs(database, store, clock, limits, room)
        batches = Batches(database, store, clock, uuid7, limits, room)
        uploads = Uploads(
            database, core.mutations, area, clock, uuid7, limits, room, late_digest=late
        )
        held = ByteBudget(_STREAM_BYTES, _STREAM_BYTES_EACH)
        metrics.observe("registry_upload_bytes", "Held by upload streams now.", lambda: held.held)
        _observe_disks(metrics, space)
        whole = BlobHandlers(blobs, batches, metrics, late_digest=late)
        copies = BlobCopies(database, store, clock, uuid7, limits)
        handlers = (whole, UploadHandlers(uploads, limits, threads, held, metrics))
        garbage, usage = Garbage(database, store, area, clock), Usage(database, limits, clock)
        return cls(handlers, whole.limits, copies, store, space, garbage, usage)


def _observe_disks(metrics: Metrics, space: DiskSpace) -> None:
    """Show how much is free on each disk that is ours."""

    def observe(name: str, free: Callable[[], int | None]) -> None:
        if free() is not None:
            text = f"Bytes free on the disk of the {name}."
            metrics.observe(f"registry_{name}_disk_free_bytes", text, lambda: free() or 0)

    observe("database", lambda: space.database_free)
    observe("blobs", lambda: space.blobs_free)
