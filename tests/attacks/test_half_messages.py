"""Callers with a token that leave messages unfinished: they use no more than the methods allow."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from tests.support.content import MIB, a_blob, a_model, digest_of, pushed, read
from tests.support.http2.attacks import REGISTER, WRITE
from tests.support.http2.connection import Http2Connection, message
from tests.support.server import RegistryProcess
from tests.support.stubs import connected
from tests.support.watched import Watched

GET = "modelregistry.v1.CatalogService/GetModel"
STREAMS = 64
CHUNK = 3 * MIB  # max_request_bytes of WriteUpload
LARGEST = 16 * MIB
SECONDS = 6
ROOM = 64 * MIB
"""The time between two checks of a connection, on a busy machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryProcess]:
    made = RegistryProcess(tmp_path / "registry").start()
    yield made
    made.stop()


class Half:
    """Streams on which all of a message is sent but its last byte, as far as the server lets."""

    def __init__(self, target: str, path: str, token: str | None, *, connections: int) -> None:
        self._open = ExitStack()
        self._left: dict[tuple[Http2Connection, int], int] = {}
        for _ in range(connections):
            connection = self._open.enter_context(Http2Connection(target))
            connection.pump(1)
            for _ in range(STREAMS // connections):
                stream = connection.open(path, token=token)
                connection.send(stream, message(b"", LARGEST))
                self._left[connection, stream] = LARGEST - 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def send(self, seconds: float) -> None:
        """Send for a while."""
        piece, until = bytes(MIB), time.monotonic() + seconds
        while time.monotonic() < until:
            moved = 0
            for (connection, stream), left in self._left.items():
                if not connection.answers[stream].over:
                    moved += (sent := connection.send(stream, piece[: min(MIB, left)]))
                    self._left[connection, stream] -= sent
                connection.pump()
            time.sleep(0 if moved else 0.01)

    @property
    def reasons(self) -> set[str]:
        """Why streams ended."""
        return {
            connection.answers[stream].reason
            for connection, stream in self._left
            if connection.answers[stream].over
        }


@pytest.mark.parametrize("connections", [1, 16])
def test_unfinished_chunks_hold_what_chunks_may_have(
    server: RegistryProcess, connections: int
) -> None:
    token = server.token("greedy", "writer")
    with Half(server.target, WRITE, token, connections=connections) as half:
        with Watched(server) as watched:
            half.send(SECONDS)
        assert half.reasons <= {"CALLER_LIMIT_EXCEEDED", "LIMIT_EXCEEDED"}
        assert "CALLER_LIMIT_EXCEEDED" in half.reasons
    assert watched.growth <= STREAMS * CHUNK + connections * MIB + ROOM
    assert watched.failed == []


def test_unfinished_registrations_hold_four_messages(server: RegistryProcess) -> None:
    token = server.token("greedy", "writer")
    with Half(server.target, REGISTER, token, connections=4) as half, Watched(server) as watched:
        half.send(SECONDS)
    assert watched.growth <= 4 * LARGEST + 8 * MIB
    assert watched.failed == []


def test_an_honest_push_beside_them_arrives(server: RegistryProcess) -> None:
    greedy, modest = (server.token(name, "writer") for name in ("greedy", "modest"))
    data = bytes(range(256)) * 4 * 1_024 * 64
    with Half(server.target, WRITE, greedy, connections=4) as half:
        half.send(1)
        with connected(server.target, modest) as stubs:
            pushed(stubs, data)
            assert read(stubs, digest_of(data)) == data


def test_health_is_answered_while_large_versions_are_registered(server: RegistryProcess) -> None:
    with connected(server.target) as stubs:
        model, digest = a_model(stubs), a_blob(stubs, b"weights")
        files = [
            version_pb2.FileEntry(path=f"{number:05}/{'x' * 200}", digest=digest, size_bytes=7)
            for number in range(20_000)
        ]
        request = catalog.RegisterVersionRequest(parent=model, files=files)
        with Watched(server) as watched:
            for _ in range(3):
                assert stubs.RegisterVersion(request).file_count == len(files)
    assert watched.growth > 8 * MIB  # or it would show nothing
    assert watched.checks >= 3
    assert watched.failed == []


def test_a_message_above_the_limit_of_its_method_is_ended_before_it_is_whole(
    server: RegistryProcess,
) -> None:
    token = server.token("careless", "writer")
    with Http2Connection(server.target) as connection:
        connection.pump(1)
        stream = connection.open(GET, token=token)
        connection.send_all(stream, message(bytes(LARGEST - 1), LARGEST))
        answer = connection.answer(stream)
        assert (answer.code, answer.reason) == (8, "LIMIT_EXCEEDED")
