"""Operators find the cause of a failure in the log line of its call; callers do not get it."""

import socket
import subprocess
import time
from pathlib import Path

import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import NAMESPACE, begin, digest_of
from tests.support.python import SERVER, clean_environ, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import connected, refused

DATA = b"bytes of a model"


def line_of(server: RegistryProcess, request_id: str) -> str:
    """Return the log line of a call, once it is written."""
    deadline = time.monotonic() + 60
    while True:
        for line in server.lines:
            if request_id in line:
                return line
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_folder_that_cannot_be_used_is_named_in_the_log(own_registry: RegistryProcess) -> None:
    own_registry.start()
    uploads = own_registry.data_dir / "blobs" / "uploads"
    with connected(own_registry.target) as stubs:
        upload = begin(stubs, digest_of(DATA), len(DATA))
        uploads.rename(uploads.with_name("aside"))
        uploads.touch()
        blob = artifact.BlobData(digest=digest_of(DATA), data=DATA)
        batch = artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[blob])
        reply = stubs.BatchUploadBlobs(batch, metadata=[("x-request-id", "small")])
        request = artifact.CommitUploadRequest(name=upload.name)
        found = refused(
            lambda each: stubs.CommitUpload(each, metadata=[("x-request-id", "large")]), request
        )
    assert found.reason == "STORAGE_UNAVAILABLE"
    assert str(uploads) not in f"{reply}{found}"
    for request_id in ("small", "large"):
        line = line_of(own_registry, f"request_id={request_id}")
        assert " warning " in line
        assert "STORAGE_UNAVAILABLE" in line
        assert f": {uploads}" in line
    assert "code=OK" in line_of(own_registry, "request_id=small")
    assert "failed=1" in line_of(own_registry, "request_id=small")


@pytest.mark.parametrize("command", ["serve", "verify"])
def test_a_bucket_that_cannot_be_reached_is_named_at_the_start(
    tmp_path: Path, command: str
) -> None:
    subprocess_of("migrate", folder=tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess_of(
            *(command, "--blobs", "gs://models/registry"),
            folder=tmp_path,
            STORAGE_EMULATOR_HOST=f"http://{host}",
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "error: the registry's blob store does not answer; try again "
        f"(gs://models at {host}: Connection refused)"
    )


def subprocess_of(
    *arguments: str, folder: Path, **environ: str
) -> "subprocess.CompletedProcess[str]":
    given = {"REGISTRY_LISTEN": "127.0.0.1:0"} | environ
    return run_python((*SERVER, *arguments), clean_environ() | given, cwd=folder)
