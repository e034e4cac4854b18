"""Downloads of bytes: streams that are checked piece by piece and resumed after they break."""

from contextlib import aclosing

from modelregistry._async.concurrency import Scope, Stream
from modelregistry._async.connection import Connection
from modelregistry._convert.blobs import BlobReader
from modelregistry._convert.writing import build
from modelregistry._wire.retry_policy import TRANSIENT, RetryPolicy
from modelregistry.v1 import artifact_service_pb2 as pb


async def pieces(
    connection: Connection, wanted: pb.ReadBlobRequest, scope: Scope, size: int | None = None
) -> Stream[bytes]:
    """Yield the requested bytes, in order and without gaps; resume streams that break.

    size: the size of the whole blob, if it is known, which bounds what is read. Raises
    BlobNotFound, ReadOutOfRange, BlobCorrupt, ContentMismatch when the stream ends early or does
    not match the request, and the error of a stream that keeps breaking.
    """
    retry = RetryPolicy()
    reader = BlobReader(wanted, size)
    while not reader.is_complete:
        request = build(
            pb.ReadBlobRequest,
            parent=wanted.parent,
            digest=wanted.digest,
            offset=reader.at,
            length=reader.wanted,
        )
        method = connection.stubs.artifacts.ReadBlob
        reader.begin()
        try:
            async with aclosing(connection.read(method, request, scope)) as replies:
                async for reply in replies:
                    data = reader.take(reply)
                    if data:
                        retry.record_progress(len(data))
                        yield data
        except TRANSIENT as error:
            pause = retry.pause_after(error)
        else:
            reader.finish()
            return
        await scope.sleep(pause)
