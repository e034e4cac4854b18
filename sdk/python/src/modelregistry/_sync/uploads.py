# Generated from _async/uploads.py by scripts/generate_sync.py: never edit this.
"""One large blob on its way out: a stream that is taken up where it broke."""

from collections.abc import Callable
from contextlib import closing
from typing import Final

import google_crc32c

from modelregistry._local.files import HashedFile, PieceReader
from modelregistry._sync.concurrency import Scope, Signal, Stream, run_blocking
from modelregistry._sync.connection import Connection
from modelregistry._wire.call import new_id
from modelregistry._wire.patience import TRANSIENT, Patience
from modelregistry.errors import DigestMismatch, UploadNotOpen
from modelregistry.v1 import artifact_service_pb2 as pb

_MIB: Final = 1024 * 1024
_FLUSH_EVERY: Final = 64 * _MIB
"""How often to ask that everything so far be made durable: what a lost server costs to resend."""
_CHECKED_PER_S: Final = 16 * _MIB
"""The least that a server is given credit for when it checks a whole blob at its commit."""

_COMMITTED: Final = pb.UploadState.UPLOAD_STATE_COMMITTED
_STATES: Final = {number: name for name, number in pb.UploadState.items()}
_OPEN: Final = pb.UploadState.UPLOAD_STATE_OPEN


class Uploader:
    """Uploads large blobs into one namespace; `advance` is told how many bytes more are settled."""

    def __init__(
        self,
        connection: Connection,
        parent: str,
        scope: Scope,
        *,
        piece_bytes: int,
        advance: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._parent = parent
        self._scope = scope
        self._piece_bytes = piece_bytes
        self._advance = advance

    def upload(self, item: HashedFile) -> None:
        """Have the registry hold the bytes of this file.

        Raises FileChanged, DigestMismatch, StorageFull, LimitExceeded, UploadFenced, and what broke
        the stream when it goes on breaking.
        """
        request = pb.BeginUploadRequest(
            parent=self._parent,
            blob=pb.BlobRef(digest=item.digest, size_bytes=item.size),
            request_id=new_id(),
        )
        stubs = self._connection.stubs
        begun = self._connection.unary(stubs.artifacts.BeginUpload, request)
        shown = _Shown(self._advance)
        try:
            self._finish(begun, item, shown)
        except DigestMismatch:
            # If the file is not what was hashed, that is the better thing to say.
            run_blocking(item.file.check_unchanged)
            raise
        shown.reach(item.size)

    def _finish(self, upload: pb.Upload, item: HashedFile, shown: "_Shown") -> None:
        patience = Patience()
        while upload.state != _COMMITTED:
            if upload.state != _OPEN:
                state = _STATES.get(upload.state, str(upload.state))
                message = f"the upload of {item.file.path} ended as {state}"
                raise UploadNotOpen(message, metadata={"resource": upload.name, "state": state})
            try:
                self._write(upload, item, shown)
                upload = self._commit(upload, item)
            except TRANSIENT as error:
                before, upload = upload, self._state(upload)
                if upload.committed_offset > before.committed_offset:
                    patience.progressed()
                self._scope.sleep(patience.pause_after(error))

    def _write(self, upload: pb.Upload, item: HashedFile, shown: "_Shown") -> None:
        """Send everything from the committed offset on."""
        reader = PieceReader(item.file, upload.committed_offset, self._piece_bytes)
        welcome = Signal()
        requests = self._requests(upload, reader, welcome, shown)
        method = self._connection.stubs.artifacts.WriteUpload
        with reader:
            try:
                replies = self._connection.exchange(method, requests, self._scope)
                with closing(replies):
                    for _ in replies:  # how far it came is asked of GetUpload when it breaks
                        welcome.set()
            finally:
                welcome.set()
        reader.check()

    def _requests(
        self, upload: pb.Upload, reader: PieceReader, welcome: Signal, shown: "_Shown"
    ) -> Stream[pb.WriteUploadRequest]:
        """Yield the pieces of the file, the second once the first was answered.

        A registry that takes no more says so when the stream begins. While messages are on their
        way the status that ends a stream can get lost on an event loop, so it is not raced there.
        """
        offset, unflushed = upload.committed_offset, _FLUSH_EVERY
        name = upload.name
        while (data := run_blocking(reader.read)) or name:
            unflushed += len(data)
            flush = unflushed >= _FLUSH_EVERY
            checksum = google_crc32c.value(data)
            yield pb.WriteUploadRequest(
                name=name, offset=offset, data=data, crc32c=checksum, flush=flush
            )
            if name:
                welcome.wait()
            name, offset, unflushed = "", offset + len(data), 0 if flush else unflushed
            shown.reach(offset)

    def _commit(self, upload: pb.Upload, item: HashedFile) -> pb.Upload:
        seconds = self._connection.settings.timeout + item.size / _CHECKED_PER_S
        method = self._connection.stubs.artifacts.CommitUpload
        request = pb.CommitUploadRequest(name=upload.name)
        return self._connection.unary(method, request, timeout=seconds)

    def _state(self, upload: pb.Upload) -> pb.Upload:
        method = self._connection.stubs.artifacts.GetUpload
        return self._connection.unary(method, pb.GetUploadRequest(name=upload.name))


class _Shown:
    """How far the progress shown has come: bytes that are sent twice are shown once."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._offset = 0

    def reach(self, offset: int) -> None:
        """Show what is new up to this offset."""
        if offset > self._offset:
            self._advance(offset - self._offset)
            self._offset = offset
