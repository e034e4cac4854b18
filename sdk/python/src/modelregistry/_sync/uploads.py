# Generated from _async/uploads.py by scripts/generate_sync.py: never edit this.
"""One large blob on its way out: a stream that is taken up where it broke, by whichever process."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Final

from modelregistry._convert.upload import (
    SentBytes,
    check_committed,
    check_upload,
    upload_from_message,
)
from modelregistry._local.files import HashedFile, LocalFile
from modelregistry._local.pieces import PieceReader, RunningHash
from modelregistry._local.transfer import ProgressCounter
from modelregistry._local.upload_journal import UploadJournal, UploadLease
from modelregistry._sync.concurrency import Scope, Signal, Stream, run_blocking
from modelregistry._sync.connection import Connection
from modelregistry._wire.call import new_id
from modelregistry._wire.frame import with_data
from modelregistry._wire.retry_policy import TRANSIENT, RetryPolicy
from modelregistry.errors import (
    CallerLimitExceeded,
    DigestMismatch,
    MalformedReply,
    TooManyUploads,
    UploadFenced,
    UploadNotFound,
    UploadNotOpen,
)
from modelregistry.types import Upload, UploadState
from modelregistry.v1 import artifact_service_pb2 as pb

_MIB: Final = 1024 * 1024
_FLUSH_EVERY: Final = 32 * _MIB
"""How often to ask that everything so far be made durable: what a lost server costs to resend."""
_CHECKED_PER_S: Final = 16 * _MIB
"""The least that a server is given credit for when it checks a whole blob at its commit."""

_USELESS: Final = (DigestMismatch, UploadFenced, UploadNotFound, UploadNotOpen)
"""What an upload that an earlier run began may turn out to be."""


@dataclass(frozen=True, slots=True)
class _Sending:
    """One file on its way."""

    file: LocalFile
    digest: str
    """Empty while it is not known: then `hashed` comes to it while the file is sent."""
    hashed: RunningHash | None
    counter: ProgressCounter

    def check(self, upload: Upload) -> Upload:
        """Return an upload; raise MalformedReply unless it is one of this file."""
        check_upload(upload, digest=self.digest, size=self.file.size)
        return upload


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
        journal: UploadJournal,
    ) -> None:
        self._connection = connection
        self._parent = parent
        self._scope = scope
        self._piece_bytes = piece_bytes
        self._advance = advance
        self._journal = journal

    def upload(self, item: HashedFile) -> None:
        """Have the registry hold the bytes of this file, going on with what an earlier run sent.

        Raises FileChanged, DigestMismatch, StorageFull, LimitExceeded, QuotaExceeded, UploadFenced,
        and what broke the stream when it goes on breaking.
        """
        sending = _Sending(item.file, item.digest, None, ProgressCounter(self._advance))
        with ExitStack() as held:
            # Held from the thread that takes it, so that a cancelled task gives it back too.
            lease = run_blocking(
                lambda: held.enter_context(self._journal.by_digest(item.digest, item.size))
            )
            self._settle(lease, sending)

    def upload_unhashed(self, file: LocalFile) -> HashedFile:
        """Do the same with a file that is hashed while it is sent; return it with its digest."""
        hashed = RunningHash()
        with ExitStack() as held:
            lease = run_blocking(lambda: held.enter_context(self._journal.by_file(file)))
            self._settle(lease, _Sending(file, "", hashed, ProgressCounter(self._advance)))
        if hashed.offset != file.size:
            # What was not sent was not hashed either.
            message = f"the registry says that it has {file.path} before it was sent"
            raise MalformedReply(message, metadata={"path": str(file.path)})
        return HashedFile(file, hashed.digest)

    def _settle(self, lease: UploadLease, sending: _Sending) -> None:
        try:
            upload = self._remembered(lease, sending)
            if upload is None or not self._continued(upload, sending):
                upload = self._begin(sending)
                run_blocking(lease.record, upload.name)
                self._finish(upload, sending)
        except _USELESS:
            lease.clear()
            # If the file is not what was hashed, that is the better thing to say.
            run_blocking(sending.file.check_unchanged)
            raise
        lease.clear()
        sending.counter.advance_to(sending.file.size)

    def _remembered(self, lease: UploadLease, sending: _Sending) -> Upload | None:
        if not lease.upload:
            return None
        try:
            upload = self._state(lease.upload)
        except UploadNotFound:
            return None
        fits = upload.digest in {"", sending.digest} and upload.size_bytes == sending.file.size
        return upload if fits and upload.state == UploadState.OPEN else None

    def _continued(self, upload: Upload, sending: _Sending) -> bool:
        """Go on with what an earlier run began; tell whether that was of use."""
        try:
            self._finish(upload, sending)
        except _USELESS:
            run_blocking(sending.file.check_unchanged)
            return False
        return True

    def _begin(self, sending: _Sending) -> Upload:
        request = pb.BeginUploadRequest(
            parent=self._parent,
            blob=pb.BlobRef(digest=sending.digest, size_bytes=sending.file.size),
            request_id=new_id(),
        )
        retry = RetryPolicy()
        while True:
            method = self._connection.stubs.artifacts.BeginUpload
            try:
                reply = self._connection.unary(method, request)
            except (TooManyUploads, CallerLimitExceeded) as error:
                pause = retry.pause_after(error)
            else:
                begun = sending.check(upload_from_message(reply, self._parent))
                there = begun.state == UploadState.COMMITTED
                return begun if there else SentBytes(0).check_state(begun)
            self._scope.sleep(pause)

    def _finish(self, upload: Upload, sending: _Sending) -> None:
        retry, furthest = RetryPolicy(), upload.committed_offset
        sent = SentBytes(furthest)
        while upload.state != UploadState.COMMITTED:
            if upload.state != UploadState.OPEN:
                state = f"UPLOAD_STATE_{upload.state.name}"
                message = f"the upload of {sending.file.path} ended as {state}"
                raise UploadNotOpen(message, metadata={"resource": upload.name, "state": state})
            try:
                self._write(upload, sending, sent)
                self._commit(upload, sending)
            except TRANSIENT as error:
                upload = sent.check_state(sending.check(self._state(upload.name)))
                # A registry that forgot what it had begins again, but not for ever: only what goes
                # beyond all that was there before counts.
                if upload.committed_offset > furthest:
                    retry.record_progress(upload.committed_offset - furthest)
                    furthest = upload.committed_offset
                self._scope.sleep(retry.pause_after(error))
            else:
                return

    def _write(self, upload: Upload, sending: _Sending, sent: SentBytes) -> None:
        """Send everything from the committed offset on."""
        reader = PieceReader(
            sending.file, upload.committed_offset, self._piece_bytes, sending.hashed
        )
        welcome = Signal()
        sent.begin(upload.committed_offset)
        requests = self._requests(upload, reader, welcome, sending.counter, sent)
        method = self._connection.stubs.write_upload
        with reader:
            try:
                replies = self._connection.exchange(method, requests, self._scope)
                with closing(replies):
                    for reply in replies:
                        # How far it came is asked of GetUpload when it breaks.
                        sent.acknowledge(reply)
                        welcome.set()
            finally:
                welcome.set()
        reader.check()

    def _requests(
        self,
        upload: Upload,
        reader: PieceReader,
        welcome: Signal,
        counter: ProgressCounter,
        sent: SentBytes,
    ) -> Stream[bytes]:
        """Yield the pieces of the file, the second once the first was answered.

        A registry that takes no more says so when the stream begins. While messages are on their
        way the status that ends a stream can get lost on an event loop, so it is not raced there.
        """
        offset, unflushed = upload.committed_offset, _FLUSH_EVERY
        name = upload.name
        counter.advance_to(offset)
        while (piece := run_blocking(reader.read)).data or name:
            unflushed += len(piece.data)
            flush = unflushed >= _FLUSH_EVERY
            head = pb.WriteUploadRequest(name=name, offset=offset, crc32c=piece.crc32c, flush=flush)
            sent.add(offset + len(piece.data), flush=flush)
            yield with_data(head, piece.data)
            if name:
                welcome.wait()
            name, offset, unflushed = "", offset + len(piece.data), 0 if flush else unflushed
            counter.advance_to(offset)

    def _commit(self, upload: Upload, sending: _Sending) -> None:
        digest = sending.digest
        if sending.hashed is not None:
            run_blocking(sending.file.check_unchanged)
            digest = sending.hashed.digest
        stated = "" if upload.digest and not sending.hashed else digest
        seconds = self._connection.settings.timeout + sending.file.size / _CHECKED_PER_S
        method = self._connection.stubs.artifacts.CommitUpload
        request = pb.CommitUploadRequest(name=upload.name, digest=stated)
        reply = self._connection.unary(method, request, timeout=seconds)
        committed = upload_from_message(reply, self._parent, upload.name)
        check_upload(committed, digest=digest, size=sending.file.size)
        check_committed(committed, digest)

    def _state(self, name: str) -> Upload:
        method = self._connection.stubs.artifacts.GetUpload
        reply = self._connection.unary(method, pb.GetUploadRequest(name=name))
        return upload_from_message(reply, self._parent, name)
