"""The server checks caller, permission and message size before it parses a message."""

import time
from collections.abc import Iterator

import google_crc32c
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import begin, chunks, digest_of, read
from tests.support.http2.connection import Answer, Http2Connection, message
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

CATALOG, LOOKUP = "modelregistry.v1.CatalogService", "modelregistry.v1.LookupService"
ARTIFACT = "modelregistry.v1.ArtifactService"
MIB = 1_024 * 1_024
SECONDS = 20
UNARY = [f"{CATALOG}/GetModel", f"{CATALOG}/RegisterVersion", f"{LOOKUP}/ResolveVersion"]
STREAMS = [f"{LOOKUP}/Watch", f"{ARTIFACT}/ReadBlob", f"{ARTIFACT}/WriteUpload"]
METHODS = pytest.mark.parametrize("path", UNARY + STREAMS, ids=lambda path: path.split("/")[1])


@pytest.fixture(scope="module")
def writer(registry_process: RegistryProcess) -> str:
    """A token that may call all of these."""
    return registry_process.token("writer", "writer")


@pytest.fixture
def connection(registry_process: RegistryProcess, writer: str) -> Iterator[Http2Connection]:
    """A connection to a registry that wants tokens."""
    del writer
    with Http2Connection(registry_process.target) as made:
        made.pump(1)
        yield made


def sent(connection: Http2Connection, path: str, data: bytes, token: str | None) -> Answer:
    """Send one message and return the answer, which must have a request id."""
    stream = connection.open(path, token=token)
    connection.send_all(stream, data, end=True)
    answer = connection.answer(stream)
    assert answer.headers["x-request-id"]
    return answer


@METHODS
def test_a_caller_without_a_token_is_refused_before_any_message(
    connection: Http2Connection, path: str
) -> None:
    stream = connection.open(path)
    answer = connection.answer(stream)
    assert (answer.code, answer.reason) == (16, "TOKEN_REQUIRED")


@METHODS
@pytest.mark.parametrize("data", [b"\xff\xff", b"\x0a\x05a"], ids=["no tag", "cut off"])
def test_what_is_no_message_is_an_invalid_request(
    connection: Http2Connection, writer: str, path: str, data: bytes
) -> None:
    for _ in range(2):  # the second time memory knows the caller
        answer = sent(connection, path, message(data), writer)
        assert (answer.code, answer.reason) == (3, "INVALID_REQUEST")


@METHODS
def test_a_message_above_the_limit_of_its_method_is_refused(
    connection: Http2Connection, writer: str, path: str
) -> None:
    size = (16 if "Register" in path else 4 if "Upload" in path else 1) * MIB + 2
    data = message(b"\x1a\x00" * (size // 2))
    answer = sent(connection, path, data, writer)
    assert (answer.code, answer.reason) == (8, "LIMIT_EXCEEDED")


@pytest.mark.parametrize("data", [b"\xff\xff", b"\x0a\x05a"], ids=["no tag", "cut off"])
def test_a_later_message_of_a_stream_that_is_none_is_an_invalid_request(
    connection: Http2Connection, registry_process: RegistryProcess, writer: str, data: bytes
) -> None:
    content = b"%d" % time.monotonic_ns()
    with connected(registry_process.target, writer) as stubs:
        upload = begin(stubs, digest_of(content), len(content))
        stream = connection.open(f"{ARTIFACT}/WriteUpload", token=writer)
        crc32c = google_crc32c.value(content[:2])
        first = artifact.WriteUploadRequest(
            name=upload.name, data=content[:2], crc32c=crc32c, flush=True
        )
        connection.send_all(stream, message(first.SerializeToString()))
        until = time.monotonic() + SECONDS
        while not connection.answers[stream].data:  # the first one was taken
            assert time.monotonic() < until
            connection.pump(0.1)
        connection.send_all(stream, message(data), end=True)
        answer = connection.answer(stream, SECONDS)
        assert (answer.code, answer.reason) == (3, "INVALID_REQUEST")
        assert answer.headers["x-request-id"]
        # The bytes before it are kept, and the upload resumes behind them.
        request = artifact.GetUploadRequest(name=upload.name)
        found = stubs.GetUpload(request)
        assert (found.state, found.committed_offset) == (artifact.UPLOAD_STATE_OPEN, 2)
        list(stubs.WriteUpload(chunks(upload.name, content, offset=2)))
        stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
        assert read(stubs, digest_of(content)) == content
