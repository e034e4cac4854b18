"""Errors of bytes in transfer: blobs, and the uploads that bring them."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import (
    Conflict,
    Corrupt,
    Invalid,
    NotFound,
    OutOfRange,
    Unavailable,
    WrongState,
)


class BlobNotFound(NotFound):
    """The namespace does not have the blob."""

    reason = "BLOB_NOT_FOUND"
    resource_type = "blob"


class BlobsMissing(WrongState):
    """The manifest references bytes that the namespace does not have (in that size)."""

    reason = "BLOBS_MISSING"

    def __init__(self, parent: str, missing: Sequence[str]) -> None:
        super().__init__(
            parent,
            f"{len(missing)} blob(s) of the manifest are not in the registry, "
            f"first {missing[0]}; upload them and register again",
            causes=missing,
            missing_count=len(missing),
        )


class BlobCorrupt(Corrupt):
    """Stored bytes do not match their digest."""

    reason = "BLOB_CORRUPT"
    text = "the stored bytes of {resource} are damaged"

    def __init__(self, blob: str, cause: str = "") -> None:
        """cause: see `RegistryError`."""
        super().__init__(resource=blob)
        self.cause = cause


class BlobBeingDeleted(Unavailable):
    """Garbage collection is deleting the same bytes."""

    reason = "BLOB_BEING_DELETED"
    text = "garbage collection is deleting {resource}; try again"

    def __init__(self, blob: str) -> None:
        super().__init__(resource=blob)


class ReadOutOfRange(OutOfRange):
    """The read starts after the end of the blob."""

    reason = "READ_OUT_OF_RANGE"
    text = "{resource} has {size_bytes} bytes; cannot read from {offset}"

    def __init__(self, blob: str, offset: int, size: int) -> None:
        super().__init__(resource=blob, offset=offset, size_bytes=size)


class UploadNotFound(NotFound):
    """The upload does not exist."""

    reason = "UPLOAD_NOT_FOUND"
    resource_type = "upload"


class UploadNotOpen(WrongState):
    """The upload has ended."""

    reason = "UPLOAD_NOT_OPEN"
    text = "{resource} is {state}; begin a new upload"

    def __init__(self, upload: str, state: str) -> None:
        super().__init__(upload, state=state)


class UploadFenced(Conflict):
    """Another writer continued this upload."""

    reason = "UPLOAD_FENCED"
    text = "another writer continued {resource}; this stream can no longer write to it"

    def __init__(self, upload: str) -> None:
        super().__init__(resource=upload)


class OffsetMismatch(OutOfRange):
    """A chunk does not start where the last durable one ended."""

    reason = "OFFSET_MISMATCH"
    text = "the next chunk of {resource} must start at {committed_offset}, not at {given_offset}"

    def __init__(self, upload: str, expected: int, given: int) -> None:
        super().__init__(resource=upload, committed_offset=expected, given_offset=given)


class UploadTooLong(OutOfRange):
    """More bytes were sent than were declared."""

    reason = "UPLOAD_TOO_LONG"
    text = "{resource} was declared with {size_bytes} bytes and more were sent"

    def __init__(self, upload: str, size: int) -> None:
        super().__init__(resource=upload, size_bytes=size)


class UploadIncomplete(WrongState):
    """The upload was committed before all its bytes had arrived."""

    reason = "UPLOAD_INCOMPLETE"
    text = (
        "{resource} has {committed_offset} of {size_bytes} bytes; send the rest before committing"
    )

    def __init__(self, upload: str, committed: int, size: int) -> None:
        super().__init__(upload, committed_offset=committed, size_bytes=size)


class ChunkCorrupt(Corrupt):
    """A chunk does not match the crc32c it was sent with."""

    reason = "CHUNK_CORRUPT"
    text = "the chunk at {committed_offset} of {resource} was damaged on the way; send it again"

    def __init__(self, upload: str, offset: int) -> None:
        super().__init__(resource=upload, committed_offset=offset)


class DigestMismatch(Invalid):
    """The bytes received do not hash to the declared digest."""

    reason = "DIGEST_MISMATCH"
    text = "the bytes hash to {actual}, not to the declared {declared}; nothing was stored"

    def __init__(self, declared: str, actual: str) -> None:
        super().__init__(declared=declared, actual=actual)
