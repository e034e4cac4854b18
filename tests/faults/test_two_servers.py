"""Two server processes on one database and blob folder, and one upload."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, begin, chunks, digest_of, read
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal

PATIENCE_S = 20.0


@pytest.fixture
def two(database_url: str, tmp_path: Path) -> Iterator[tuple[Stubs, Stubs]]:
    options = ("--database", database_url, "--blobs", f"file://{tmp_path / 'blobs'}")
    servers = [RegistryProcess(tmp_path / name, options).start() for name in ("one", "other")]
    with connected(servers[0].target) as one, connected(servers[1].target) as other:
        yield one, other
    for server in servers:
        server.stop()


def written(stubs: Stubs, name: str, data: bytes) -> artifact.Upload:
    """Write what is missing of an upload, again while another process has it in its hands."""
    until = time.monotonic() + PATIENCE_S
    while True:
        state = stubs.GetUpload(artifact.GetUploadRequest(name=name))
        try:
            list(stubs.WriteUpload(chunks(name, data, offset=state.committed_offset)))
        except grpc.RpcError as error:
            if refusal(error).reason != "STORAGE_UNAVAILABLE" or time.monotonic() > until:
                raise
        else:
            committed: artifact.Upload = stubs.CommitUpload(artifact.CommitUploadRequest(name=name))
            return committed


def test_a_writer_at_another_server_takes_an_upload_from_one_that_says_nothing(
    two: tuple[Stubs, Stubs],
) -> None:
    one, other = two
    data = os.urandom(5 * MIB)
    upload = begin(one, digest_of(data), len(data))
    silent, begun = threading.Event(), threading.Event()

    def first_chunk_then_silence() -> Iterator[artifact.WriteUploadRequest]:
        yield next(chunks(upload.name, data))
        begun.set()
        silent.wait(PATIENCE_S)

    stream = one.WriteUpload(first_chunk_then_silence())
    assert begun.wait(PATIENCE_S)

    committed = written(other, upload.name, data)

    assert committed.state == artifact.UPLOAD_STATE_COMMITTED
    assert read(other, digest_of(data)) == data
    with pytest.raises(grpc.RpcError) as caught:
        list(stream)
    silent.set()
    # On a busy machine its chunk may arrive when the other has the bytes already.
    assert refusal(caught.value).reason in {"UPLOAD_FENCED", "STORAGE_UNAVAILABLE"}
