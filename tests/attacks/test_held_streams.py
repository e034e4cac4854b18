"""Callers that hold resources: unread streams, stopped uploads, chunks dropped in transfer.

Each holds at most the limit of one caller for a while, without effect on other callers; then all
resources are released.
"""

import re
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL

import google_crc32c
import grpc
import psutil
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc import app as application
from registry_grpc.config import Settings
from tests.support.content import MIB, NAMESPACE, begin, chunks, digest_of, pushed, read
from tests.support.http2.connection import Http2Connection, message
from tests.support.python import Python
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal, refused

READ = "modelregistry.v1.ArtifactService/ReadBlob"
WRITE = "modelregistry.v1.ArtifactService/WriteUpload"
WATCH = "modelregistry.v1.LookupService/Watch"
SECONDS = 60
TIB = 1_024**4

_SUSPENDED = """
import os, signal, sys
from modelregistry import Client
from modelregistry.progress import Quiet

class Once(Quiet):
    stopped = False

    def advance(self, byte_count):
        if byte_count and not self.stopped:
            self.stopped = True
            os.kill(os.getpid(), signal.SIGSTOP)

with Client(sys.argv[1]) as client:
    client.push("fraud", sys.argv[2], progress=Once(), environment=None, source=None)
"""
"""A push that suspends itself when the first of its bytes are durable."""


@dataclass
class Site:
    """A registry that says what it holds, and the stubs of a caller."""

    server: RegistryProcess
    stubs: Stubs

    def held(self, metric: str) -> float:
        where = re.search(r"metrics.* listen=(\S+)", self.server.log)
        assert where is not None, self.server.log
        with urllib.request.urlopen(f"http://{where[1]}/metrics", timeout=20) as reply:
            text = reply.read().decode()
        found = re.search(rf"^{metric} (\S+)$", text, re.MULTILINE)
        assert found is not None, text
        return float(found[1])

    def memory(self) -> int:
        assert self.server.process is not None
        return int(psutil.Process(self.server.process.pid).memory_info().rss)

    def open_files(self) -> list[str]:
        assert self.server.process is not None
        held = psutil.Process(self.server.process.pid).open_files()
        return [file.path for file in held if "/blobs/" in file.path]


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@pytest.fixture
def idle() -> int:
    return 60


@pytest.fixture
def site(tmp_path: Path, idle: int) -> Iterator[Site]:
    options = ("--metrics-listen", "127.0.0.1:0", "--stream-idle", str(idle))
    server = RegistryProcess(tmp_path / "registry", options).start()
    with connected(server.target) as stubs:
        yield Site(server, stubs)
    server.stop()


def as_caller(token: str) -> "dict[str, tuple[tuple[str, str], ...]]":
    return {"metadata": (("authorization", f"Bearer {token}"),)}


def test_dropped_uploads_give_their_bytes_back(site: Site) -> None:
    """Chunks that wait for a queue which unread answers keep full go with their stream."""
    data = bytes(2 * MIB)
    crc32c = google_crc32c.value(data)
    waiting = [
        *[artifact.WriteUploadRequest(flush=True)] * 6,
        *[artifact.WriteUploadRequest()] * 4,
        artifact.WriteUploadRequest(data=data, crc32c=crc32c),
    ]
    for _ in range(20):
        upload = begin(site.stubs, digest_of(data), len(data))
        with Http2Connection(site.server.target, grants=False) as connection:
            connection.pump(1)
            stream = connection.open(WRITE)
            for number, request in enumerate(waiting):
                sent = artifact.WriteUploadRequest()
                sent.CopyFrom(request)
                sent.name = "" if number else upload.name
                connection.send_all(stream, message(sent.SerializeToString()))
    until(lambda: site.held("registry_upload_bytes") == 0)
    until(lambda: site.held("registry_calls_running") == 0)
    until(lambda: not site.open_files())
    content = bytes(range(256)) * 4 * 1_024 * 40
    pushed(site.stubs, content)
    assert read(site.stubs, digest_of(content)) == content


def test_three_hundred_streams_that_are_not_read(site: Site) -> None:
    """The memory is that of one caller's places, others read meanwhile, and it all comes back."""
    tokens = {name: site.server.token(name, "writer") for name in ("greedy", "modest")}
    data = bytes(range(256)) * 4 * 1_024 * 8
    modest = as_caller(tokens["modest"])
    digest = digest_of(data)
    blob = artifact.BlobRef(digest=digest, size_bytes=len(data))
    beginning = artifact.BeginUploadRequest(parent=NAMESPACE, blob=blob)
    upload = site.stubs.BeginUpload(beginning, **modest)
    list(site.stubs.WriteUpload(chunks(upload.name, data), **modest))
    site.stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name), **modest)
    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest)
    before = site.memory()
    with ExitStack() as open_connections:
        for _ in range(3):
            connection = Http2Connection(site.server.target, grants=False)
            open_connections.enter_context(connection)
            connection.pump(1)
            for _ in range(100):
                stream = connection.open(READ, token=tokens["greedy"])
                connection.send(stream, message(request.SerializeToString()), end=True)
        until(lambda: site.held("registry_read_bytes") >= 32 * MIB)

        received = b"".join(part.data for part in site.stubs.ReadBlob(request, **modest))
        assert received == data
        assert site.held("registry_read_bytes") <= 96 * MIB
        assert site.memory() - before < 400 * MIB
    until(lambda: site.held("registry_calls_running") == 0)
    assert site.held("registry_read_bytes") == 0
    until(lambda: not site.open_files())


class TestIdle:
    """Streams on which nothing moves, at a registry that waits for two seconds."""

    @pytest.fixture
    def idle(self) -> int:
        return 2

    def test_an_upload_that_sends_nothing_more_ends(self, site: Site) -> None:
        upload = begin(site.stubs, digest_of(b"never sent"), 10)
        with Http2Connection(site.server.target) as connection:
            connection.pump(1)
            silent, half = connection.open(WRITE), connection.open(WRITE)
            first = message(artifact.WriteUploadRequest(name=upload.name).SerializeToString())
            connection.send(silent, first)
            connection.send(half, message(bytes(MIB))[:100_000])
            for stream in (silent, half):
                answer = connection.answer(stream, SECONDS)
                assert (answer.code, answer.reason) == (14, "STREAM_IDLE")
        until(lambda: site.held("registry_calls_running") == 0)
        assert site.open_files() == []
        request = artifact.GetUploadRequest(name=upload.name)
        assert site.stubs.GetUpload(request).state == artifact.UPLOAD_STATE_OPEN

    def test_downloads_and_watches_that_are_not_read_end(self, site: Site) -> None:
        data = bytes(8 * MIB)
        pushed(site.stubs, data)
        request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(data))
        with Http2Connection(site.server.target, grants=False) as connection:
            connection.pump(1)
            stream = connection.open(READ)
            connection.send(stream, message(request.SerializeToString()), end=True)
            until(lambda: site.held("registry_read_bytes") > 0)
            # Its file and its thread come back, though its client takes not even the status.
            until(lambda: site.held("registry_calls_running") == 0)
            until(lambda: not site.open_files())
            assert site.held("registry_read_bytes") <= MIB
            # A client that wakes up finds what was sent, then why it ended.
            connection.grants = True
            connection.grant(0, 16 * MIB)
            connection.grant(stream, 16 * MIB)
            answer = connection.answer(stream, SECONDS)
            assert (answer.code, answer.reason) == (14, "STREAM_IDLE")
            assert 0 < len(answer.data) < len(data)
        until(lambda: site.held("registry_read_bytes") == 0)

    def test_a_watch_without_changes_lasts(self, site: Site) -> None:
        watch = site.stubs.Watch(lookup.WatchRequest(parent=NAMESPACE))
        next(watch)
        time.sleep(3)
        assert next(watch).revision >= 0
        watch.cancel()

    def test_a_push_that_was_suspended_goes_on_where_its_stream_ended(
        self, site: Site, tmp_path: Path
    ) -> None:
        with (tmp_path / "weights.bin").open("wb") as file:
            file.truncate(128 * MIB)
        command = ("-c", _SUSPENDED, site.server.target, file.name)
        with Python(command, stdout=DEVNULL, stderr=DEVNULL) as push:
            until(lambda: "reason=STREAM_IDLE" in site.server.log)
            push.send_signal(signal.SIGCONT)
            assert push.wait(SECONDS) == 0
        (pushed_file,) = site.stubs.ListVersionFiles(
            catalog.ListVersionFilesRequest(parent=f"{NAMESPACE}/models/fraud/versions/1")
        ).files
        assert pushed_file.size_bytes == 128 * MIB


def test_two_uploads_of_five_tebibytes_leave_room_for_others(site: Site) -> None:
    tokens = {name: site.server.token(name, "writer") for name in ("greedy", "modest")}

    def beginning(content: bytes, size: int) -> artifact.BeginUploadRequest:
        blob = artifact.BlobRef(digest=digest_of(content), size_bytes=size)
        return artifact.BeginUploadRequest(parent=NAMESPACE, blob=blob)

    huge = [beginning(b"%d" % number, 5 * TIB) for number in range(2)]
    ends = []
    for request in huge:
        try:
            site.stubs.BeginUpload(request, **as_caller(tokens["greedy"]))
        except grpc.RpcError as error:
            ends.append(refusal(error).reason)
    # On a disk that is smaller than that the first is refused already.
    assert ends in (["CALLER_LIMIT_EXCEEDED"], ["STORAGE_FULL"] * 2)
    for name in ("greedy", "modest"):
        upload = site.stubs.BeginUpload(beginning(name.encode(), 6), **as_caller(tokens[name]))
        assert upload.state == artifact.UPLOAD_STATE_OPEN


def test_a_revoked_token_ends_all_its_streams_whether_they_flow_or_not(site: Site) -> None:
    """Within 30 seconds: a download that trickles, uploads with and without bytes, a watch."""
    token = site.server.token("leaver", "writer")
    data = bytes(64 * MIB)
    blob = artifact.BlobRef(digest=digest_of(data), size_bytes=len(data))
    beginning = artifact.BeginUploadRequest(parent=NAMESPACE, blob=blob)
    mine = as_caller(token)
    other = bytes(range(256)) * 4 * 1_024 * 32
    upload = site.stubs.BeginUpload(
        artifact.BeginUploadRequest(
            parent=NAMESPACE, blob=artifact.BlobRef(digest=digest_of(other), size_bytes=len(other))
        ),
        **mine,
    )
    list(site.stubs.WriteUpload(chunks(upload.name, other), **mine))
    site.stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name), **mine)
    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(other))
    trickling, waiting = (site.stubs.BeginUpload(beginning, **mine) for _ in range(2))
    with Http2Connection(site.server.target, grants=False) as connection:
        connection.pump(1)
        reading = connection.open(READ, token=token)
        connection.send(reading, message(request.SerializeToString()), end=True)
        writing = connection.open(WRITE, token=token)
        silent = connection.open(WRITE, token=token)
        watching = connection.open(WATCH, token=token)
        first = artifact.WriteUploadRequest(name=waiting.name, flush=True)
        connection.send_all(silent, message(first.SerializeToString()))
        watch = lookup.WatchRequest(parent=NAMESPACE)
        connection.send(watching, message(watch.SerializeToString()), end=True)
        connection.pump(1)
        _revoke(site.server, "leaver")
        began, offset = time.monotonic(), 0
        streams = (reading, writing, silent, watching)
        while not all(connection.answers[stream].over for stream in streams):
            assert time.monotonic() - began < SECONDS
            connection.grant(0, 64 * 1_024)
            for stream in streams:
                if not connection.answers[stream].over:
                    connection.grant(stream, 16 * 1_024)
            if not connection.answers[writing].over:
                piece = data[offset : offset + 1_024]
                chunk = artifact.WriteUploadRequest(
                    name=trickling.name,
                    offset=offset,
                    data=piece,
                    crc32c=google_crc32c.value(piece),
                    flush=True,
                )
                connection.send_all(writing, message(chunk.SerializeToString()))
                offset += len(piece)
            time.sleep(0.1)  # the download is to last for longer than its token
            connection.pump(0.1)
            # A stream receives its status only after the data that was sent before.
            if time.monotonic() - began > 31:
                connection.grants = True
                connection.grant(0, 4 * MIB)
                for stream in streams:
                    if not connection.answers[stream].over:
                        connection.grant(stream, 4 * MIB)
        reasons = [connection.answers[stream].reason for stream in streams]
        assert reasons == ["TOKEN_INVALID"] * 4, site.server.log
        assert len(connection.answers[reading].data) < len(other)
    assert refused(lambda sent: site.stubs.BeginUpload(sent, **mine), beginning).reason == (
        "TOKEN_INVALID"
    )


def _revoke(server: RegistryProcess, principal: str) -> None:
    database = application.create_facts(Settings.load({"data_dir": server.data_dir}, {}))
    try:
        tokens = application.tokens(database)
        for token in tokens.list():
            if token.principal == principal:
                tokens.revoke(token.id)
    finally:
        database.dispose()
