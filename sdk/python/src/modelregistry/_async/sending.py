"""The bytes of a push: what the registry lacks, and only that."""

from collections.abc import Sequence
from typing import Final

from modelregistry._async.concurrency import Scope, run_blocking
from modelregistry._async.connection import Connection
from modelregistry._async.uploads import Uploader
from modelregistry._convert.limits import Limits
from modelregistry._local.batches import batches, travels_alone
from modelregistry._local.files import HashedFile
from modelregistry._wire import failure
from modelregistry.progress import Progress
from modelregistry.v1 import artifact_service_pb2 as pb

_AT_ONCE: Final = 4


class Sender:
    """Sends the blobs of one push into one namespace."""

    def __init__(
        self, connection: Connection, parent: str, limits: Limits, progress: Progress
    ) -> None:
        self._connection = connection
        self._parent = parent
        self._limits = limits
        self._progress = progress
        self._scope = Scope(_AT_ONCE)
        self._uploader = Uploader(
            connection,
            parent,
            self._scope,
            piece_bytes=limits.piece_bytes,
            advance=progress.advance,
        )

    async def send(self, files: Sequence[HashedFile]) -> None:
        """Have the registry hold the bytes of all these files; each digest travels once.

        Raises FileChanged, StorageFull, LimitExceeded, and what broke a stream that goes on
        breaking.
        """
        unique = {item.digest: item for item in reversed(files)}
        missing = await self._missing(list(unique.values()))
        waiting = {id(unique[digest]) for digest in missing}
        for item in files:
            if id(item) not in waiting:
                self._progress.advance(item.size)
                self._progress.file_done(item.file.name)
        groups = batches(
            (unique[digest] for digest in missing),
            max_bytes=self._limits.max_batch_bytes,
            max_blobs=self._limits.max_batch_blobs,
        )
        await self._scope.map(self._send_group, groups)

    async def _missing(self, files: list[HashedFile]) -> set[str]:
        size = self._limits.max_find_missing
        asked = [files[start : start + size] for start in range(0, len(files), size)]
        found = await self._scope.map(self._find_missing, asked)
        return set().union(*found)

    async def _find_missing(self, files: list[HashedFile]) -> set[str]:
        blobs = [pb.BlobRef(digest=item.digest, size_bytes=item.size) for item in files]
        request = pb.FindMissingBlobsRequest(parent=self._parent, blobs=blobs)
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.artifacts.FindMissingBlobs, request)
        return {blob.digest for blob in reply.missing}

    async def _send_group(self, group: tuple[HashedFile, ...]) -> None:
        if travels_alone(group, max_bytes=self._limits.max_batch_bytes):
            await self._uploader.upload(group[0])
        else:
            await self._send_batch(group)
        for item in group:
            self._progress.file_done(item.file.name)

    async def _send_batch(self, batch: tuple[HashedFile, ...]) -> None:
        request = pb.BatchUploadBlobsRequest(parent=self._parent)
        for item in batch:
            data = await run_blocking(item.read)
            request.blobs.add(digest=item.digest, data=data)
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.artifacts.BatchUploadBlobs, request)
        for result in reply.results:
            if result.status.code:
                raise failure.from_status(result.status, "")
        self._progress.advance(sum(item.size for item in batch))
