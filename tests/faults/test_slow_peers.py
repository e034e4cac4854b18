"""Clients that stop reading or writing: they use no memory, and delay no other client."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import psutil
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, NAMESPACE, begin, chunks, digest_of, pushed, read
from tests.support.faults.amount import amount, randomness
from tests.support.faults.invariants import check_swept
from tests.support.faults.site import Site, on_bucket, on_files
from tests.support.stubs import Stubs, refusal

PEERS = amount(16, 100)
GROWTH = amount(150, 400) * MIB
"""Replies to all readers have 256 MiB, and a quarter of that is fetched ahead."""
EACH = 50
"""Streams of one caller: fewer than the 64 that one may have."""


@pytest.fixture(params=["files", "bucket"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A registry on files, and one on a bucket."""
    make = on_bucket if request.param == "bucket" else on_files
    with make(tmp_path / "registry") as made:
        made.token = made.server.token("checker", "writer")
        yield made


def callers(site: Site) -> list[str]:
    """Return a token for each peer."""
    tokens = [site.server.token(f"peer-{number}", "writer") for number in range(-(-PEERS // EACH))]
    return [tokens[number // EACH] for number in range(PEERS)]


def memory(site: Site) -> int:
    """Return the resident memory of the server, bytes."""
    assert site.server.process is not None
    return int(psutil.Process(site.server.process.pid).memory_info().rss)


def test_readers_that_do_not_read_cost_no_memory(site: Site) -> None:
    data = randomness("slow readers").randbytes(32 * MIB)
    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(data))
    with site.stubs() as stubs:
        pushed(stubs, data)
        read(stubs, digest_of(data))
        before = memory(site)
        # A connection for each: one that stalls holds up those that share it.
        streams = []
        channels = [grpc.insecure_channel(site.server.target, _OWN) for _ in range(PEERS)]
        for channel, token in zip(channels, callers(site), strict=True):
            stream = Stubs(channel, token).ReadBlob(request)
            next(stream)
            streams.append(stream)

        assert read(stubs, digest_of(data)) == data
        assert memory(site) - before < GROWTH

        for stream in streams:
            stream.cancel()
        for channel in channels:
            channel.close()
        assert read(stubs, digest_of(data)) == data
    check_swept(site)


def test_writers_that_do_not_write_hold_nobody_up(site: Site) -> None:
    random = randomness("stalled writers")
    datas = [random.randbytes(3 * MIB) for _ in range(PEERS)]
    goes_on = threading.Event()
    with ExitStack() as writing, site.stubs() as stubs:
        pushed(stubs, random.randbytes(32 * MIB))
        before = memory(site)
        tokens = callers(site)
        writers = {token: writing.enter_context(site.stubs(token)) for token in set(tokens)}
        uploads = [begin(stubs, digest_of(data), len(data)) for data in datas]

        def stalling(name: str, data: bytes) -> Iterator[artifact.WriteUploadRequest]:
            first, *rest = chunks(name, data)
            first.flush = True
            yield first
            goes_on.wait(60)
            yield from rest

        streams = [
            writers[token].WriteUpload(stalling(upload.name, data))
            for token, upload, data in zip(tokens, uploads, datas, strict=True)
        ]
        for stream in streams:
            next(stream)

        other = random.randbytes(4 * MIB)
        pushed(stubs, other)
        assert read(stubs, digest_of(other)) == other
        assert memory(site) - before < GROWTH

        goes_on.set()
        for stream, upload, data in zip(streams, uploads, datas, strict=True):
            list(stream)
            complete(stubs, upload.name, data)
        for data in datas:
            assert read(stubs, digest_of(data)) == data
    check_swept(site)


def complete(stubs: Stubs, name: str, data: bytes) -> None:
    """Commit an upload. What was not durable when the server let go of it is sent again."""
    committed = stubs.GetUpload(artifact.GetUploadRequest(name=name)).committed_offset
    request = artifact.CommitUploadRequest(name=name)
    try:
        stubs.CommitUpload(request)
    except grpc.RpcError as error:
        if refusal(error).reason != "UPLOAD_INCOMPLETE":
            raise
        list(stubs.WriteUpload(chunks(name, data, offset=committed)))
        stubs.CommitUpload(request)


_OWN = [("grpc.use_local_subchannel_pool", 1)]
