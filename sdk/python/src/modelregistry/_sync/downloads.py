# Generated from _async/downloads.py by scripts/generate_sync.py: never edit this.
"""Bytes on their way in: streams that are checked piece by piece and taken up where they broke."""

from contextlib import closing

import google_crc32c

from modelregistry._sync.concurrency import Scope, Stream
from modelregistry._sync.connection import Connection
from modelregistry._wire.patience import TRANSIENT, Patience
from modelregistry.errors import ChunkCorrupt, ContentMismatch
from modelregistry.v1 import artifact_service_pb2 as pb


def pieces(connection: Connection, wanted: pb.ReadBlobRequest, scope: Scope) -> Stream[bytes]:
    """Yield the bytes asked for, in order and without gaps, going on after a stream that breaks.

    Raises BlobNotFound, ReadOutOfRange, BlobCorrupt, ContentMismatch when the stream ends early,
    and what broke the stream when it goes on breaking.
    """
    patience = Patience()
    at = wanted.offset
    end = wanted.offset + wanted.length if wanted.length else None
    while end is None or at < end:
        request = pb.ReadBlobRequest(
            parent=wanted.parent, digest=wanted.digest, offset=at, length=end - at if end else 0
        )
        method = connection.stubs.artifacts.ReadBlob
        try:
            with closing(connection.read(method, request, scope)) as replies:
                for reply in replies:
                    end = _end(end, reply)
                    data = reply.data  # each look at it copies it
                    _check(reply, data, wanted.digest, at)
                    at += len(data)
                    patience.progressed()
                    yield data
        except TRANSIENT as error:
            pause = patience.pause_after(error)
        else:
            if end is not None and at < end:
                message = f"{wanted.digest}: the stream ended after {at} of {end} bytes"
                raise ContentMismatch(message)
            return
        scope.sleep(pause)


def _end(end: int | None, reply: pb.ReadBlobResponse) -> int | None:
    if not reply.size_bytes:  # only the first message says it
        return end
    return reply.size_bytes if end is None else min(end, reply.size_bytes)


def _check(reply: pb.ReadBlobResponse, data: bytes, digest: str, at: int) -> None:
    if data and reply.offset != at:
        message = f"{digest}: bytes of offset {reply.offset} came where {at} was due"
        raise ContentMismatch(message)
    if google_crc32c.value(data) != reply.crc32c:
        message = f"{digest}: the bytes at offset {at} were damaged on their way"
        raise ChunkCorrupt(message)
