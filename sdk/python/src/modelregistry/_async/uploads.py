"""The upload of one large blob: a stream that any process can resume where it broke."""

from collections.abc import Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Final

from modelregistry._async.concurrency import Scope, Signal, Stream, run_blocking
from modelregistry._async.connection import Connection
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
from modelregistry._wire.call import new_id
from modelregistry._wire.frame import with_data
from modelregistry._wire.retry_policy import TRANSIENT, RetryPolicy
from modelregistry.errors import (
    BlobCorrupt,
    CallerLimitExceeded,
    DigestMismatch,
    MalformedReply,
    RegistryError,
    TooManyUploads,
    UploadFenced,
    UploadNotFound,
    UploadNotOpen,
)
from modelregistry.types import Upload, UploadState
from modelregistry.v1 import artifact_service_pb2 as pb

_MIB: Final = 1024 * 1024
_FLUSH_EVERY: Final = 32 * _MIB
"""Bytes between two requests to make everything durable; a lost server costs as many again."""
_CHECKED_PER_S: Final = 16 * _MIB
"""The lowest rate, in bytes, at which a server is expected to check a blob at its commit."""

_REPEATED: Final[tuple[type[RegistryError], ...]] = (*TRANSIENT, BlobCorrupt)
"""Errors after which an upload continues, from its start if bytes were damaged on their way."""
_USELESS: Final = (DigestMismatch, UploadFenced, UploadNotFound, UploadNotOpen)
"""Errors of an upload of an earlier run that cannot be resumed."""


@dataclass(frozen=True, slots=True)
class _Sending:
    """One file that is being sent."""

    file: LocalFile
    digest: str
    """Empty while it is unknown; `hashed` computes it then, while the file is sent."""
    hashed: RunningHash | None
    counter: ProgressCounter

    def check(self, upload: Upload) -> Upload:
        """Return an upload; raise MalformedReply unless it is one of this file."""
        check_upload(upload, digest=self.digest, size=self.file.size)
        return upload


class Uploader:
    """Uploads large blobs into one namespace; calls `advance` with numbers of transferred bytes."""

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

    async def upload(self, item: HashedFile) -> None:
        """Upload the bytes of a file; resume the upload of an earlier run.

        Raises FileChanged, DigestMismatch, StorageFull, LimitExceeded, QuotaExceeded, UploadFenced,
        and the error of a stream that keeps breaking.
        """
        sending = _Sending(item.file, item.digest, None, ProgressCounter(self._advance))
        with ExitStack() as stack:
            # Entered in the thread that takes it, so that a cancelled task releases it too.
            lease = await run_blocking(
                lambda: stack.enter_context(self._journal.by_digest(item.digest, item.size))
            )
            await self._settle(lease, sending)

    async def upload_unhashed(self, file: LocalFile) -> HashedFile:
        """Upload a file that is hashed while it is sent; return it with its digest."""
        hashed = RunningHash()
        with ExitStack() as stack:
            lease = await run_blocking(lambda: stack.enter_context(self._journal.by_file(file)))
            await self._settle(lease, _Sending(file, "", hashed, ProgressCounter(self._advance)))
        if hashed.offset != file.size:
            # Bytes that were not sent were not hashed either.
            message = f"the registry reports {file.path} as complete before it was sent"
            raise MalformedReply(message, metadata={"path": str(file.path)})
        return HashedFile(file, hashed.digest)

    async def _settle(self, lease: UploadLease, sending: _Sending) -> None:
        try:
            upload = await self._remembered(lease, sending)
            if upload is None or not await self._continued(upload, sending):
                upload = await self._begin(sending)
                await run_blocking(lease.record, upload.name)
                await self._finish(upload, sending)
        except _USELESS:
            lease.clear()
            # A change of the file explains the error better.
            await run_blocking(sending.file.check_unchanged)
            raise
        lease.clear()
        sending.counter.advance_to(sending.file.size)

    async def _remembered(self, lease: UploadLease, sending: _Sending) -> Upload | None:
        if not lease.upload:
            return None
        try:
            upload = await self._state(lease.upload)
        except UploadNotFound:
            return None
        fits = upload.digest in {"", sending.digest} and upload.size_bytes == sending.file.size
        return upload if fits and upload.state == UploadState.OPEN else None

    async def _continued(self, upload: Upload, sending: _Sending) -> bool:
        """Resume the upload of an earlier run; return False when that is impossible."""
        try:
            await self._finish(upload, sending)
        except _USELESS:
            await run_blocking(sending.file.check_unchanged)
            return False
        return True

    async def _begin(self, sending: _Sending) -> Upload:
        request = pb.BeginUploadRequest(
            parent=self._parent,
            blob=pb.BlobRef(digest=sending.digest, size_bytes=sending.file.size),
            request_id=new_id(),
        )
        retry = RetryPolicy()
        while True:
            method = self._connection.stubs.artifacts.BeginUpload
            try:
                reply = await self._connection.unary(method, request)
            except (TooManyUploads, CallerLimitExceeded) as error:
                pause = retry.pause_after(error)
            else:
                upload = sending.check(upload_from_message(reply, self._parent))
                committed = upload.state == UploadState.COMMITTED
                return upload if committed else SentBytes(0).check_state(upload)
            await self._scope.sleep(pause)

    async def _finish(self, upload: Upload, sending: _Sending) -> None:
        retry, furthest = RetryPolicy(), upload.committed_offset
        sent = SentBytes(furthest)
        while upload.state != UploadState.COMMITTED:
            if upload.state != UploadState.OPEN:
                state = f"UPLOAD_STATE_{upload.state.name}"
                message = f"the upload of {sending.file.path} ended as {state}"
                raise UploadNotOpen(message, metadata={"resource": upload.name, "state": state})
            try:
                await self._write(upload, sending, sent)
                await self._commit(upload, sending)
            except _REPEATED as error:
                upload = sent.check_state(sending.check(await self._state(upload.name)))
                # A registry that lost bytes starts again, but not without end: only bytes beyond
                # the highest offset so far count as progress.
                if upload.committed_offset > furthest:
                    retry.record_progress(upload.committed_offset - furthest)
                    furthest = upload.committed_offset
                await self._scope.sleep(retry.pause_after(error))
            else:
                return

    async def _write(self, upload: Upload, sending: _Sending, sent: SentBytes) -> None:
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
                async with aclosing(replies):
                    async for reply in replies:
                        # After a break GetUpload returns the offset.
                        sent.acknowledge(reply)
                        welcome.set()
            finally:
                welcome.set()
        reader.check()

    async def _requests(
        self,
        upload: Upload,
        reader: PieceReader,
        welcome: Signal,
        counter: ProgressCounter,
        sent: SentBytes,
    ) -> Stream[bytes]:
        """Yield the pieces of the file; the second piece waits for the reply to the first.

        A registry that accepts no more bytes ends the stream at its start. On an event loop, the
        status that ends a stream can get lost while messages are sent, so none are sent then.
        """
        offset, unflushed = upload.committed_offset, _FLUSH_EVERY
        name = upload.name
        counter.advance_to(offset)
        while (piece := await run_blocking(reader.read)).data or name:
            unflushed += len(piece.data)
            flush = unflushed >= _FLUSH_EVERY
            head = pb.WriteUploadRequest(name=name, offset=offset, crc32c=piece.crc32c, flush=flush)
            sent.add(offset + len(piece.data), flush=flush)
            yield with_data(head, piece.data)
            if name:
                await welcome.wait()
            name, offset, unflushed = "", offset + len(piece.data), 0 if flush else unflushed
            counter.advance_to(offset)

    async def _commit(self, upload: Upload, sending: _Sending) -> None:
        digest = sending.digest
        if sending.hashed is not None:
            await run_blocking(sending.file.check_unchanged)
            digest = sending.hashed.digest
        stated = "" if upload.digest and not sending.hashed else digest
        seconds = self._connection.settings.timeout + sending.file.size / _CHECKED_PER_S
        method = self._connection.stubs.artifacts.CommitUpload
        request = pb.CommitUploadRequest(name=upload.name, digest=stated)
        reply = await self._connection.unary(method, request, timeout=seconds)
        committed = upload_from_message(reply, self._parent, upload.name)
        check_upload(committed, digest=digest, size=sending.file.size)
        check_committed(committed, digest)

    async def _state(self, name: str) -> Upload:
        method = self._connection.stubs.artifacts.GetUpload
        reply = await self._connection.unary(method, pb.GetUploadRequest(name=name))
        return upload_from_message(reply, self._parent, name)
