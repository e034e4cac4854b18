"""Replies about blobs: of batches, and of the stream that delivers one blob."""

from collections.abc import Sequence
from typing import Final

import google_crc32c

from modelregistry._convert import checked
from modelregistry._local.blocks import Block, BlockPlan
from modelregistry._secret import Secret
from modelregistry._wire import failure
from modelregistry.errors import ChunkCorrupt, ContentMismatch
from modelregistry.v1 import artifact_service_pb2 as pb

_MAX_BLOCKS: Final = 200_000


def missing_from_message(
    reply: pb.FindMissingBlobsResponse, asked: Sequence[pb.BlobRef]
) -> list[tuple[str, int]]:
    """Read the digests and sizes that a namespace lacks: a subsequence of those asked about."""
    wanted = iter([(blob.digest, blob.size_bytes) for blob in asked])
    missing = [(blob.digest, blob.size_bytes) for blob in reply.missing]
    for item in missing:
        if item not in wanted:  # consumes the iterator, so each is found once and in order
            raise checked.malformed("missing", item, "not asked about, or not in the order asked")
    return missing


def contents_from_message(
    reply: pb.BatchReadBlobsResponse, asked: Sequence[str]
) -> dict[str, bytes]:
    """Read the bytes of the requested digests, not verified yet; raise the error of a failed one.

    Raises MalformedReply unless the reply contains each of them once, in order, and nothing else.
    """
    checked.in_order([blob.digest for blob in reply.blobs], asked, "blobs.digest")
    for blob in reply.blobs:
        if blob.status.code:
            raise failure.from_status(blob.status, "")
    return {blob.digest: blob.data for blob in reply.blobs}


def check_stored(reply: pb.BatchUploadBlobsResponse, sent: Sequence[str]) -> None:
    """Raise the error of a blob that was not stored.

    Raises MalformedReply unless the reply has one result for each blob, in order.
    """
    checked.in_order([result.digest for result in reply.results], sent, "results.digest")
    for result in reply.results:
        if result.status.code:
            raise failure.from_status(result.status, "")


def plan_from_message(message: pb.DownloadPlan, digest: str, size: int) -> BlockPlan | None:
    """Read the download plan of a blob of `size` bytes; None for another blob, or an invalid one.

    A plan has at most 200,000 blocks. The whole blob is verified against its digest in any case.
    """
    step, sums = message.block_bytes, message.block_crc32c
    fits = message.blob.digest == digest and message.blob.size_bytes == size
    if not fits or step <= 0 or len(sums) > _MAX_BLOCKS or len(sums) != -(-size // step):
        return None
    blocks = tuple(
        Block(number, number * step, min(size, (number + 1) * step), crc32c)
        for number, crc32c in enumerate(sums)
    )
    return BlockPlan(blocks, Secret(message.url))


class BlobReader:
    """Checks the messages of one blob, over all the streams that deliver it."""

    def __init__(self, wanted: pb.ReadBlobRequest, size: int | None = None) -> None:
        """Begin at the offset of `wanted`; `size` is the size of the whole blob, if it is known."""
        self._digest = wanted.digest
        self._size = size
        self.at = wanted.offset
        """The offset of the next expected byte."""
        self._end = wanted.offset + wanted.length if wanted.length else None
        self._limit_end()
        self._fresh = True

    @property
    def wanted(self) -> int:
        """The number of bytes to come; 0 for all the rest while the size is not known."""
        return 0 if self._end is None else self._end - self.at

    @property
    def is_complete(self) -> bool:
        """Whether all requested bytes have arrived."""
        return self._end is not None and self.at >= self._end

    def begin(self) -> None:
        """Expect the messages of another stream from now on."""
        self._fresh = True

    def take(self, reply: pb.ReadBlobResponse) -> bytes:
        """Return the bytes of a message.

        Raises MalformedReply when they are not the expected ones, and ChunkCorrupt when their
        CRC32C does not match.
        """
        self._learn_size(checked.count(reply.size_bytes, "size_bytes"), first=self._fresh)
        data = reply.data  # each access copies it
        if not data and not self._fresh:
            raise checked.malformed("data", data, "only the first message may be empty")
        self._fresh = False
        if data and reply.offset != self.at:
            raise checked.malformed("offset", reply.offset, f"expected {self.at}")
        if google_crc32c.value(data) != reply.crc32c:
            message = f"{self._digest}: the bytes at offset {self.at} were corrupted in transit"
            raise ChunkCorrupt(message)
        if self._end is None or self.at + len(data) > self._end:
            raise checked.malformed("data", len(data), f"exceeds the end at {self._end}")
        self.at += len(data)
        return data

    def finish(self) -> None:
        """Raise ContentMismatch when the registry ended the stream before the last byte."""
        if not self.is_complete:
            end = "?" if self._end is None else self._end
            message = f"{self._digest}: the stream ended after {self.at} of {end} bytes"
            raise ContentMismatch(message, metadata={"resource": self._digest})

    def _learn_size(self, size: int, *, first: bool) -> None:
        if self._size is None and first:
            self._size = size
            self._limit_end()
        elif size not in {0, self._size}:
            raise checked.malformed("size_bytes", size, f"the blob has {self._size}")

    def _limit_end(self) -> None:
        if self._size is not None:
            self._end = self._size if self._end is None else min(self._end, self._size)
