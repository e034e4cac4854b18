"""Why a client cannot connect: at once, with the reason, and with what to do."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import grpc
import pytest

from modelregistry import Client, errors
from modelregistry._wire.address import check_address
from modelregistry._wire.connecting import FirstConnection, cannot_connect
from tests.support.python import CLIENT, clean_environ
from tests.unit.sdk.test_tls import files

__all__ = ["files"]

DEADLINE_S = 60.0
SOON_S = 20.0


@contextmanager
def listening(credentials: grpc.ServerCredentials | None = None) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    address = "127.0.0.1:0"
    port = (
        server.add_secure_port(address, credentials)
        if credentials
        else server.add_insecure_port(address)
    )
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@contextmanager
def web_server() -> Iterator[str]:
    """A service that speaks HTTP/1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def refused() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


def cause(target: str, *, plaintext: bool) -> errors.CannotConnect:
    """Return the error of a client that would wait for a minute, and that came sooner."""
    started = time.monotonic()
    with (
        Client(target, plaintext=plaintext, timeout=DEADLINE_S, connect_timeout=1) as client,
        pytest.raises(errors.CannotConnect) as caught,
    ):
        client.get_model("fraud")
    assert time.monotonic() - started < SOON_S
    assert isinstance(caught.value, errors.Unavailable)
    return caught.value


def test_nothing_that_listens_is_connection_refused() -> None:
    target = refused()
    error = cause(target, plaintext=True)
    assert error.message == f"{target}: connection refused"
    assert error.metadata["cause"] == "refused"


def test_a_server_without_tls_is_named_with_the_option_for_it() -> None:
    with listening() as target:
        error = cause(target, plaintext=False)
    assert error.metadata["cause"] == "server_without_tls"
    assert "--plaintext, or plaintext=True" in error.message


def test_a_server_with_tls_is_named_with_the_option_for_it(files: Path) -> None:
    key, certificate = ((files / f"localhost.{name}").read_bytes() for name in ("key", "pem"))
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    with listening(credentials) as target:
        assert cause(target, plaintext=True).metadata["cause"] == "server_with_tls"
        error = cause(target, plaintext=False)
    assert error.metadata["cause"] == "certificate"
    assert "--ca" in error.message


def test_the_port_of_another_service_is_named() -> None:
    with web_server() as target:
        assert cause(target, plaintext=True).metadata["cause"] == "not_grpc"


def test_a_host_that_nobody_knows_is_named() -> None:
    error = cause("registry.invalid:50051", plaintext=True)
    assert error.message == "registry.invalid:50051: the host is unknown"


def test_the_command_says_it_in_two_lines_and_grpc_says_nothing(tmp_path: Path) -> None:
    with listening() as target:
        for option, code, words, lines in (
            ("--tls", 5, "does not speak TLS; connect without it: --plaintext", 1),
            ("--plaintext", 1, "", 2),
        ):
            command = (*CLIENT, "--server", target, option, "--timeout", 30, "models", "list")
            # Not forked from a process in which gRPC has already decided what it logs.
            ran = subprocess.run(
                [sys.executable, *map(str, command)],
                env=clean_environ() | {"XDG_CONFIG_HOME": str(tmp_path)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == code, ran.stderr
            assert words in ran.stderr
            assert len(ran.stderr.splitlines()) == lines, ran.stderr


@pytest.mark.parametrize(
    "target",
    [
        *("localhost:50051", "10.0.0.1:1", "[::1]:50051", "registry.example:443", "unix:/run/r"),
        *("dns:///registry:1", "ipv4:127.0.0.1:1,10.0.0.1:1", "ipv6:[::1]:1", "vsock:1:2"),
    ],
)
def test_an_address_of_grpc_is_taken(target: str) -> None:
    check_address(target)


@pytest.mark.parametrize(
    "target",
    [
        *("http://localhost:50051", "https://registry.example/", "grpc://r:1", "localhost", "::1"),
        *("localhost:", ":50051", "localhost:99999", "localhost:0", "localhost:5x"),
        *("[::1]", "a b:1", "host/path:1", "dns"),
    ],
)
def test_what_is_no_address_is_refused_before_any_call(target: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"HOST:PORT|host and port"):
        Client(target, plaintext=True, token_in_plaintext=True)


def test_a_reply_of_a_server_is_no_failure_to_connect() -> None:
    assert cannot_connect("the database is away", "r-1") is None
    other = cannot_connect("failed to connect to all addresses; last error: UNKNOWN: x: odd", "r-1")
    assert other is not None
    assert (other.message, other.metadata["cause"]) == ("x: odd", "other")


def test_the_first_connection_has_the_time_of_the_call_or_less() -> None:
    error = errors.CannotConnect("refused", metadata={"cause": "refused"})
    for patience, given_up in ((None, 30.0), (3.0, 3.0), (60.0, 30.0)):
        clock = [0.0]
        first = FirstConnection(30.0, patience, partial(clock.__getitem__, 0))
        with pytest.raises(errors.CannotConnect):  # noqa: PT012 - until it gives up
            while True:
                clock[0] += first.pause_after(error)
        assert given_up - 1.0 <= clock[0] <= given_up
