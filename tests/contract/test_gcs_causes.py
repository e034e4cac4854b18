"""The message to operators when a bucket cannot be used: the cause, and no secret."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from google.auth.exceptions import RefreshError
from requests import ConnectionError as RequestsError
from typing_extensions import override

from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.storage.gcs import GcsBlobStore
from registry_grpc.storage.gcs_causes import place_of, reason_of
from registry_grpc.storage.gcs_client import connect
from tests.support.blobstores import IMPATIENT, PATIENT, gcs_store
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_faults import Answer, DropReply, Step
from tests.support.gcs_fake_http import BUCKET, serving

MANY = 1_000
SESSION = "http://u:pass@bucket.example:4443/upload/storage/v1/b/models%2Fa/o?upload_id=ABsecret"


def cause_at(endpoint: str) -> str:
    """Return the cause that a check of a store there ends with."""
    with (
        gcs_store(endpoint, retry_policy=IMPATIENT) as store,
        pytest.raises(StorageUnavailable) as caught,
    ):
        store.check()
    return caught.value.cause


def test_nothing_listens_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        assert cause_at(f"http://{host}") == f"gs://{BUCKET} at {host}: Connection refused"


def test_the_host_has_no_address() -> None:
    assert cause_at("http://bucket.invalid:1") == (
        f"gs://{BUCKET} at bucket.invalid:1: the name of the host cannot be resolved"
    )


@pytest.mark.parametrize("status", [403, 404, 503])
def test_the_bucket_refuses(status: int) -> None:
    fake = GcsFake()
    fake.faults.order(Step.START, Answer(status), times=MANY)
    with serving(fake) as endpoint:
        host = endpoint.partition("//")[2]
        assert cause_at(endpoint) == (
            f"gs://{BUCKET} at {host}: status {status}: ordered by the test"
        )


@pytest.mark.parametrize("status", [200, 404])
def test_another_service_listens_there(status: int) -> None:
    with web_server(status) as host:
        assert cause_at(f"http://{host}") == (
            f"gs://{BUCKET} at {host}: status {status} "
            "(text/html, not an answer of Google Cloud Storage)"
        )


def test_a_url_in_the_text_of_an_error_is_not_shown() -> None:
    assert reason_of(RequestsError(f"Max retries exceeded: {SESSION}")) == "ConnectionError"


def test_credentials_that_are_refused_are_named_without_a_token() -> None:
    error = RefreshError("invalid_grant: Invalid JWT; access_token=ya29.secret", {"x": "secret"})
    assert reason_of(error) == "RefreshError: invalid_grant: Invalid JWT; access_token=***"


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1:4443", "http://"])
def test_an_address_that_is_no_url_is_said_to_be_none(address: str) -> None:
    assert "its address is not http://… or https://…" in cause_at(address)


def test_a_place_is_a_host_and_a_bucket() -> None:
    assert place_of(SESSION) == "gs://models/a at bucket.example:4443"
    assert place_of("https://storage.googleapis.com/x?token=secret") == "storage.googleapis.com"


@contextmanager
def web_server(status: int) -> Iterator[str]:
    """Run a server that knows nothing of buckets; yield HOST:PORT."""

    class Handler(BaseHTTPRequestHandler):
        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<html>It works</html>")

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_each_request_is_observed_with_its_status() -> None:
    seen: list[tuple[str, str, float]] = []

    def observe(*request: object) -> None:
        seen.append(request)  # type: ignore[arg-type]

    fake = GcsFake()
    fake.faults.order(Step.START, Answer(503))
    fake.faults.order(Step.START, DropReply())
    with serving(fake) as endpoint:
        client = connect(endpoint, connections=4)
        try:
            GcsBlobStore(client, BUCKET, retry_policy=PATIENT, observe=observe).check()
        finally:
            client.close()
    assert [request[:2] for request in seen] == [
        ("POST", "503"),
        ("POST", "error"),
        ("POST", "200"),
        ("DELETE", "499"),
    ]
    assert all(0 <= seconds < 60 for _, _, seconds in seen)
