"""Uploads, and the acknowledgements of their bytes."""

from typing import Final

from modelregistry._convert import checked, times
from modelregistry.types import Upload, UploadState
from modelregistry.v1 import artifact_service_pb2 as pb

_STATES: Final = frozenset(UploadState)


def upload_from_message(message: pb.Upload, parent: str, name: str = "") -> Upload:
    """Read an upload of the namespace `parent`, with this name if one was requested."""
    number: int = message.state
    if number not in _STATES:
        raise checked.malformed("state", number, "not a state of an upload")
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
    """Raise MalformedReply unless this is an upload of the given digest and size.

    `digest` is empty while it is not known.
    """
    if upload.digest and digest:
        checked.same(upload.digest, digest, "blob.digest")
    if upload.size_bytes != size:
        raise checked.malformed("blob.size_bytes", upload.size_bytes, f"expected {size}")


def check_committed(upload: Upload, digest: str) -> None:
    """Raise MalformedReply unless the upload is committed with this digest."""
    if upload.state != UploadState.COMMITTED:
        raise checked.malformed("state", upload.state.name, "expected COMMITTED after a commit")
    checked.same(upload.digest, digest, "blob.digest")


class SentBytes:
    """Checks the acknowledgements of one upload, over all of its streams.

    Acknowledged offsets never decrease within a stream and never exceed the bytes that were sent.
    There is one acknowledgement for each flush and one at the end; any further one is an error.
    """

    def __init__(self, offset: int) -> None:
        """Begin with the offset that the registry has already."""
        self._sent = self._least = offset
        self._due = 0

    def begin(self, offset: int) -> None:
        """Expect the acknowledgements of a stream that begins at `offset`."""
        self._least, self._due = offset, 1

    def add(self, offset: int, *, flush: bool) -> None:
        """Record that bytes up to `offset` were sent; `flush` requests an acknowledgement."""
        self._sent = max(self._sent, offset)
        self._due += flush

    def check_state(self, upload: Upload) -> Upload:
        """Return an upload; raise MalformedReply when it has more bytes than were sent."""
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
            raise checked.malformed("committed_offset", offset, "no acknowledgement was requested")
        self._least, self._due = offset, self._due - 1
