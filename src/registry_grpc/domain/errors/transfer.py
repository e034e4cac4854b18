"""Refusals about bytes on their way: blobs, and the uploads that bring them."""

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
    """The blob is not in this namespace."""

    reason = "BLOB_NOT_FOUND"
    resource_type = "blob"


class BlobsMissing(WrongState):
    """A manifest names bytes that the namespace does not hold (in that size)."""

    reason = "BLOBS_MISSING"

    def __init__(self, parent: str, missing: Sequence[str]) -> None:
        super().__init__(
            parent,
            f"{len(missing)} blob(s) named by the manifest are not in the registry, "
            f"first {missing[0]}; upload them and register again",
            causes=missing,
            missing_count=len(missing),
        )


class BlobCorrupt(Corrupt):
    """Stored bytes do not match their digest."""

    reason = "BLOB_CORRUPT"

    def __init__(self, blob: str) -> None:
        super().__init__(f"the stored bytes of {blob} are damaged", resource=blob)


class BlobBeingDeleted(Unavailable):
    """The same bytes are just being collected."""

    reason = "BLOB_BEING_DELETED"

    def __init__(self, blob: str) -> None:
        super().__init__(f"{blob} is just being collected as garbage; try again", resource=blob)


class ReadOutOfRange(OutOfRange):
    """A read starts behind the end of the blob."""

    reason = "READ_OUT_OF_RANGE"

    def __init__(self, blob: str, offset: int, size: int) -> None:
        super().__init__(
            f"{blob} has {size} bytes; cannot read from {offset}",
            resource=blob,
            offset=offset,
            size_bytes=size,
        )


class UploadNotFound(NotFound):
    """The upload does not exist."""

    reason = "UPLOAD_NOT_FOUND"
    resource_type = "upload"


class UploadNotOpen(WrongState):
    """The upload has ended and takes no more bytes."""

    reason = "UPLOAD_NOT_OPEN"

    def __init__(self, upload: str, state: str) -> None:
        super().__init__(upload, f"{upload} is {state}; begin a new upload", state=state)


class UploadFenced(Conflict):
    """Another writer took this upload over."""

    reason = "UPLOAD_FENCED"

    def __init__(self, upload: str) -> None:
        super().__init__(
            f"another writer continued {upload}; this stream may not write to it any more",
            resource=upload,
        )


class OffsetMismatch(OutOfRange):
    """A chunk does not start where the last one ended."""

    reason = "OFFSET_MISMATCH"

    def __init__(self, upload: str, expected: int, given: int) -> None:
        super().__init__(
            f"the next chunk of {upload} must start at {expected}, not at {given}",
            resource=upload,
            committed_offset=expected,
            given_offset=given,
        )


class UploadTooLong(OutOfRange):
    """More bytes than declared."""

    reason = "UPLOAD_TOO_LONG"

    def __init__(self, upload: str, size: int) -> None:
        super().__init__(
            f"{upload} was declared with {size} bytes and more were sent",
            resource=upload,
            size_bytes=size,
        )


class UploadIncomplete(WrongState):
    """Commit before all declared bytes have arrived."""

    reason = "UPLOAD_INCOMPLETE"

    def __init__(self, upload: str, committed: int, size: int) -> None:
        super().__init__(
            upload,
            f"{upload} holds {committed} of {size} bytes; send the rest before committing",
            committed_offset=committed,
            size_bytes=size,
        )


class ChunkCorrupt(Corrupt):
    """A chunk does not match the crc32c it was sent with."""

    reason = "CHUNK_CORRUPT"

    def __init__(self, upload: str, offset: int) -> None:
        super().__init__(
            f"the chunk at {offset} of {upload} was damaged on the way; send it again",
            resource=upload,
            committed_offset=offset,
        )


class DigestMismatch(Invalid):
    """The bytes received do not hash to the digest that was declared."""

    reason = "DIGEST_MISMATCH"

    def __init__(self, declared: str, actual: str) -> None:
        super().__init__(
            f"the bytes hash to {actual}, not to the declared {declared}; nothing was stored",
            declared=declared,
            actual=actual,
        )
