"""The bytes of a push: the blobs that the registry lacks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from modelregistry._async.concurrency import Budget, Scope, run_blocking
from modelregistry._async.connection import Connection
from modelregistry._async.uploads import Uploader
from modelregistry._convert.blobs import check_stored, missing_from_message
from modelregistry._convert.limits import Limits
from modelregistry._local.files import HashedFile, LocalFile, hash_file, read_file
from modelregistry._local.transfer import batches, is_large, keep_buffers
from modelregistry._local.upload_journal import UploadJournal
from modelregistry.progress import Progress
from modelregistry.v1 import artifact_service_pb2 as pb

_MIB: Final = 1024 * 1024
_AT_ONCE: Final = 8
_READERS: Final = 2
_IN_FLIGHT: Final = 64 * _MIB
_STREAM: Final = 16 * _MIB
"""The memory of one stream: pieces read ahead, and those that gRPC has taken."""

Group = tuple[LocalFile, ...]


class Sender:
    """Sends the blobs of one push into one namespace."""

    def __init__(
        self,
        connection: Connection,
        parent: str,
        limits: Limits,
        progress: Progress,
        journal: UploadJournal,
    ) -> None:
        self._connection = connection
        self._parent = parent
        self._limits = limits
        self._progress = progress
        self._scope = Scope(_AT_ONCE)
        self._budget = Budget(_IN_FLIGHT)
        # One group is sent while the next one is read: if all were read at once, they would be
        # ready at once, and their threads would compete for the interpreter meanwhile.
        self._readers = Budget(_READERS)
        self._unseen_sizes: set[int] = set()
        self._claimed: dict[str, LocalFile] = {}
        self._uploader = Uploader(
            connection,
            parent,
            self._scope,
            piece_bytes=limits.piece_bytes,
            advance=progress.advance,
            journal=journal,
        )

    async def send(
        self, files: Sequence[LocalFile], known: Mapping[str, HashedFile]
    ) -> list[HashedFile]:
        """Upload the bytes of these files where the registry lacks them; return the hashed files.

        known: files by name whose digests are known already. Each digest is sent once, and files
        are hashed while others are sent. Raises FileChanged, StorageFull, LimitExceeded,
        QuotaExceeded, and the error of a stream that keeps breaking.
        """
        known = await self._hashed_if_short(files, known)
        missing = await self._missing(list({item.digest: item for item in known.values()}.values()))
        waiting: list[LocalFile] = []
        for file in files:
            item = known.get(file.name)
            if item is None or (item.digest in missing and self._claim(item)):
                waiting.append(file)
            else:
                self._settled(item)
        await self._ask_for_sizes([file for file in waiting if file.name not in known])
        groups = batches(
            waiting,
            max_bytes=self._limits.max_batch_bytes,
            max_blobs=min(self._limits.max_batch_blobs, self._limits.max_find_missing),
        )

        async def send(group: Group) -> list[HashedFile]:
            return await self._send_group(group, known)

        sent = await self._scope.map(send, groups)
        hashed = {**known, **{item.file.name: item for item in chain.from_iterable(sent)}}
        return [hashed[file.name] for file in files]

    async def _hashed_if_short(
        self, files: Sequence[LocalFile], known: Mapping[str, HashedFile]
    ) -> Mapping[str, HashedFile]:
        """Hash all files first when the registry's disk may be too small for the unhashed ones.

        The registry then rejects the push as a whole, before it receives any bytes.
        """
        unhashed = [file for file in files if file.name not in known]
        free = self._limits.free_bytes
        if free is None or sum(file.size for file in unhashed) <= free:
            return known

        async def hashed(file: LocalFile) -> HashedFile:
            async with self._readers.hold(1):
                return await run_blocking(hash_file, file)

        found = await self._scope.map(hashed, unhashed)
        return {**known, **{item.file.name: item for item in found}}

    def _claim(self, item: HashedFile) -> bool:
        """Return whether this file is the one that is sent, of all files with the same bytes."""
        return self._claimed.setdefault(item.digest, item.file) is item.file

    def _settled(self, item: HashedFile) -> None:
        self._progress.advance(item.size)
        self._progress.file_done(item.file.name)

    async def _missing(self, items: Sequence[HashedFile]) -> set[str]:
        blobs = [pb.BlobRef(digest=item.digest, size_bytes=item.size) for item in items]
        return {digest for digest, _ in await self._find_missing(blobs)}

    async def _ask_for_sizes(self, files: Sequence[LocalFile]) -> None:
        """Find the large files whose sizes no blob has: they are sent before they are hashed."""
        if not self._limits.late_digest:
            return
        sizes = Counter(file.size for file in files if self._is_large(file))
        # Two files of one size may be equal, so they are hashed first.
        blobs = [pb.BlobRef(size_bytes=size) for size, count in sizes.items() if count == 1]
        self._unseen_sizes = {size for _, size in await self._find_missing(blobs)}

    async def _find_missing(self, blobs: Sequence[pb.BlobRef]) -> list[tuple[str, int]]:
        size = self._limits.max_find_missing
        requests = [blobs[start : start + size] for start in range(0, len(blobs), size)]
        return list(chain.from_iterable(await self._scope.map(self._find_missing_of, requests)))

    async def _find_missing_of(self, blobs: Sequence[pb.BlobRef]) -> list[tuple[str, int]]:
        request = pb.FindMissingBlobsRequest(parent=self._parent, blobs=blobs)
        method = self._connection.stubs.artifacts.FindMissingBlobs
        return missing_from_message(await self._connection.unary(method, request), blobs)

    def _is_large(self, file: LocalFile) -> bool:
        return is_large(file, max_bytes=self._limits.max_batch_bytes)

    async def _send_group(self, group: Group, known: Mapping[str, HashedFile]) -> list[HashedFile]:
        if self._is_large(group[0]):
            keep_buffers()
            async with self._budget.hold(_STREAM):
                sent = [await self._send_large(group[0], known.get(group[0].name))]
        else:
            async with self._budget.hold(max(_MIB, sum(file.size for file in group))):
                sent = await self._send_small(group, known)
        for file in group:
            self._progress.file_done(file.name)
        return sent

    async def _send_large(self, file: LocalFile, item: HashedFile | None) -> HashedFile:
        if item is None and file.size in self._unseen_sizes:
            return await self._uploader.upload_unhashed(file)
        if item is None:
            item = await run_blocking(hash_file, file)
            if not self._claim(item) or not await self._missing([item]):
                self._progress.advance(item.size)
                return item
        await self._uploader.upload(item)
        return item

    async def _send_small(self, group: Group, known: Mapping[str, HashedFile]) -> list[HashedFile]:
        async with self._readers.hold(1):
            read = await run_blocking(_read_all, group)
        fresh = {}
        for item, data in read:
            before = known.get(item.file.name)
            if before is not None and before.digest != item.digest:
                raise item.file.changed()
            if self._claim(item):
                fresh[item.digest] = data
        unasked = [item for item, _ in read if item.digest in fresh and item.file.name not in known]
        if unasked:
            missing = await self._missing(unasked)
            for item in unasked:
                if item.digest not in missing:
                    fresh.pop(item.digest, None)
        if fresh:
            await self._send_batch(fresh)
        self._progress.advance(sum(file.size for file in group))
        return [item for item, _ in read]

    async def _send_batch(self, batch: Mapping[str, bytes]) -> None:
        request = pb.BatchUploadBlobsRequest(parent=self._parent)
        for digest, data in batch.items():
            request.blobs.add(digest=digest, data=data)
        method = self._connection.stubs.artifacts.BatchUploadBlobs
        check_stored(await self._connection.unary(method, request), list(batch))


def _read_all(group: Group) -> list[tuple[HashedFile, bytes]]:
    return [read_file(file) for file in group]
