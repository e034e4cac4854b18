"""The byte counts of the kernel for connections, found by the address of the peer."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from registry_grpc.transport.sockets import Sockets, Traffic

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the bytes")
COUNT = 100_000


@dataclass
class Pair:
    """Both ends of a connection; peer: the client's address as gRPC writes it."""

    client: socket.socket
    server: socket.socket
    peer: str

    def send(self, count: int) -> None:
        """Send bytes to the server and wait until they are there."""
        self.client.sendall(bytes(count))
        left = count
        while left:
            left -= len(self.server.recv(left))


@pytest.fixture(params=["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield connected(stack, request.param)


def connected(stack: ExitStack, host: str) -> Pair:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = stack.enter_context(socket.socket(family))
    try:
        listener.bind((host, 0))
    except OSError:
        pytest.skip(f"no {host} here")
    listener.listen()
    client = stack.enter_context(socket.socket(family))
    client.connect(listener.getsockname()[:2])
    server = stack.enter_context(listener.accept()[0])
    port = client.getsockname()[1]
    gives = {
        "127.0.0.1": f"ipv4:127.0.0.1:{port}",
        "::1": f"ipv6:%5B::1%5D:{port}",
        "::ffff:127.0.0.1": f"ipv4:127.0.0.1:{port}",
    }
    return Pair(client, server, gives[host])


def test_the_bytes_of_a_connection_are_counted(pair: Pair) -> None:
    sockets = Sockets()
    assert sockets.traffic(pair.peer) == Traffic(0, 0)
    pair.send(COUNT)
    pair.server.sendall(bytes(10))
    pair.client.recv(10)
    until = time.monotonic() + 20  # what was sent counts once it is acknowledged
    while sockets.traffic(pair.peer) != Traffic(COUNT, 10):
        assert time.monotonic() < until
    pair.send(1)
    assert sockets.traffic(pair.peer) == Traffic(COUNT + 1, 10)


def test_a_connection_that_is_not_of_this_process_is_unknown() -> None:
    assert Sockets().traffic("ipv4:192.0.2.1:1") is None
    assert Sockets().traffic("unix:") is None


def test_a_descriptor_that_another_connection_has_now_counts_for_that_one() -> None:
    sockets = Sockets()
    with ExitStack() as first:
        gone = connected(first, "127.0.0.1")
        gone.send(COUNT)
        assert sockets.traffic(gone.peer) == Traffic(COUNT, 0)
        descriptor = gone.server.fileno()
    with ExitStack() as second:
        several = [connected(second, "127.0.0.1") for _ in range(3)]
        # The system gives the lowest free number out again.
        assert descriptor in {
            sock.fileno() for each in several for sock in (each.client, each.server)
        }
        assert sockets.traffic(gone.peer) is None
        for count, each in enumerate(several):
            each.send(count + 1)
            assert sockets.traffic(each.peer) == Traffic(count + 1, 0)


def test_a_connection_behind_a_reused_descriptor_is_found_when_it_is_looked_for() -> None:
    sockets = Sockets()
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port)))]
        first = listener.accept()[0]
        before = {f"ipv4:127.0.0.1:{clients[0].getsockname()[1]}"}
        assert sockets.accepted(port) == before
        descriptor = first.fileno()
        clients.append(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
        second = stack.enter_context(listener.accept()[0])
        os.dup2(second.fileno(), descriptor)
        second.close()
        now = f"ipv4:127.0.0.1:{clients[1].getsockname()[1]}"
        assert sockets.accepted(port) == before
        assert sockets.accepted(port, refresh=True) == {now}
        sockets.shut(now, find=True)
        assert clients[1].recv(1) == b""
        first.close()
