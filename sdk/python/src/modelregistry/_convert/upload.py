"""Uploads: where the bytes of a blob stand on their way in."""

from typing import Final

from modelregistry._convert import checked, times
from modelregistry.types import Upload, UploadState
from modelregistry.v1 import artifact_service_pb2 as pb

_STATES: Final = frozenset(UploadState)


def upload_from_message(message: pb.Upload, parent: str, name: str = "") -> Upload:
    """Read an upload of the namespace `parent`, and of this name, where one was asked about."""
    number: int = message.state
    if number not in _STATES:
        raise checked.malformed("state", number, "an upload is in no such state")
    size = checked.count(message.blob.size_bytes, "blob.size_bytes")
    offset = checked.count(message.committed_offset, "committed_offset")
    if offset > size:
        raise checked.malformed("committed_offset", offset, f"beyond the size of {size} bytes")
    return Upload(
        name=checked.same(
            checked.child_name(message.name, parent, "uploads"), name or message.name, "name"
        ),
        digest=checked.digest_or_none(message.blob.digest, "blob.digest"),
        size_bytes=size,
        state=UploadState(number),
        committed_offset=offset,
        creator=message.creator,
        create_time=times.of(message, "create_time"),
        progress_time=times.of(message, "progress_time"),
        expire_time=times.of(message, "expire_time"),
    )


def check_upload(upload: Upload, *, digest: str, size: int) -> None:
    """Raise MalformedReply unless this is an upload of these bytes.

    `digest` is empty while it is not known.
    """
    if upload.digest and digest:
        checked.same(upload.digest, digest, "blob.digest")
    if upload.size_bytes != size:
        raise checked.malformed("blob.size_bytes", upload.size_bytes, f"asked was about {size}")


def check_committed(upload: Upload, digest: str) -> None:
    """Raise MalformedReply unless the blob of this digest is visible now."""
    if upload.state != UploadState.COMMITTED:
        raise checked.malformed("state", upload.state.name, "a commit that succeeds has one end")
    checked.same(upload.digest, digest, "blob.digest")


class SentBytes:
    """Checks what a registry says of the bytes that one upload was sent, stream after stream.

    Acknowledged offsets never decrease within a stream, never lie beyond what was sent, and come
    when they are asked for and at the end: a registry that acknowledges for ever is cut off.
    """

    def __init__(self, offset: int) -> None:
        """Begin with what the registry has already."""
        self._sent = self._least = offset
        self._due = 0

    def begin(self, offset: int) -> None:
        """Take the acknowledgements of a stream that begins here."""
        self._least, self._due = offset, 1

    def add(self, offset: int, *, flush: bool) -> None:
        """Note that bytes up to `offset` are on their way, and whether an answer was asked for."""
        self._sent = max(self._sent, offset)
        self._due += flush

    def check_state(self, upload: Upload) -> Upload:
        """Return an upload; raise MalformedReply when it has more than it was sent."""
        if upload.committed_offset > self._sent:
            problem = f"beyond the {self._sent} bytes that were sent"
            raise checked.malformed("committed_offset", upload.committed_offset, problem)
        return upload

    def acknowledge(self, message: pb.WriteUploadResponse) -> None:
        """Check one acknowledgement."""
        offset = message.committed_offset
        if not self._least <= offset <= self._sent:
            problem = f"not between {self._least} and {self._sent}"
            raise checked.malformed("committed_offset", offset, problem)
        if not self._due:
            raise checked.malformed("committed_offset", offset, "no answer is due")
        self._least, self._due = offset, self._due - 1
