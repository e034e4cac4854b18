"""Refusals about bytes on their way: blobs, and the uploads that bring them."""

from modelregistry.errors.kinds import (
    Conflict,
    Corrupt,
    Invalid,
    NotFound,
    OutOfRange,
    Unavailable,
    WrongState,
)


class BlobNotFound(NotFound):
    """The namespace does not hold the blob."""

    REASON = "BLOB_NOT_FOUND"


class BlobsMissing(WrongState):
    """The manifest names bytes that the namespace does not hold."""

    REASON = "BLOBS_MISSING"


class BlobCorrupt(Corrupt):
    """The bytes that the server stores are damaged."""

    REASON = "BLOB_CORRUPT"


class BlobBeingDeleted(Unavailable):
    """The same bytes are just being collected as garbage; in a moment they can be sent anew."""

    REASON = "BLOB_BEING_DELETED"


class ReadOutOfRange(OutOfRange):
    """The read begins behind the end."""

    REASON = "READ_OUT_OF_RANGE"


class UploadNotFound(NotFound):
    """The upload does not exist."""

    REASON = "UPLOAD_NOT_FOUND"


class UploadNotOpen(WrongState):
    """The upload has ended."""

    REASON = "UPLOAD_NOT_OPEN"


class UploadFenced(Conflict):
    """Another writer continued this upload."""

    REASON = "UPLOAD_FENCED"


class OffsetMismatch(OutOfRange):
    """A chunk did not start where the last durable one ended."""

    REASON = "OFFSET_MISMATCH"


class UploadTooLong(OutOfRange):
    """More bytes came than were declared."""

    REASON = "UPLOAD_TOO_LONG"


class UploadIncomplete(WrongState):
    """The upload was committed before all its bytes had come."""

    REASON = "UPLOAD_INCOMPLETE"


class ChunkCorrupt(Corrupt):
    """A message does not match its crc32c."""

    REASON = "CHUNK_CORRUPT"


class DigestMismatch(Invalid):
    """The bytes that the server received do not hash to the declared digest."""

    REASON = "DIGEST_MISMATCH"


class ContentMismatch(Corrupt):
    """What this client received is not what the version says; nothing was put in place."""


class MalformedReply(ContentMismatch):
    """The registry's reply breaks the contract or answers another question; it was not used.

    `metadata` has `field`, where one field is at fault.
    """
