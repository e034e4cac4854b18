"""The bytes that TCP has transferred on each connection of this process, by peer address.

gRPC buffers an incomplete message and reports nothing about it. The kernel counts
the bytes of every connection, so the size of incomplete messages is known without gRPC.
"""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

_OPEN = Path("/proc/self/fd")
# tcpi_bytes_acked and tcpi_bytes_received in struct tcp_info, since Linux 4.1.
_COUNTS = struct.Struct("=120xQQ")
_T = TypeVar("_T")


class Traffic(NamedTuple):
    """Bytes of one connection since it was opened."""

    received: int
    sent: int


class Sockets:
    """The TCP connections of this process. Used from one event loop.

    It owns no descriptor: they are neither duplicated nor closed, because closing a copy of
    a database file's descriptor would release SQLite's locks on it.
    """

    def __init__(self) -> None:
        self._descriptors: dict[str, int] = {}
        self._peers: dict[int, str] = {}
        self._ports: dict[int, int] = {}

    def traffic(self, peer: str) -> Traffic | None:
        """Return the transferred bytes; None if unknown: not on Linux, or no connection.

        peer: as gRPC writes it, `ipv4:127.0.0.1:4242` or `ipv6:[::1]:4242`.
        """
        return self._on(unquote(peer), _traffic)

    def accepted(self, port: int, *, refresh: bool = False) -> set[str]:
        """Return the peers of the connections to a port of this process.

        A descriptor that was reused since the last scan may still be listed with its old
        connection, unless `refresh` is set: then each descriptor is read again.
        """
        if refresh:
            self._scan_all()
        else:
            self._scan_new()
        return {peer for descriptor, peer in self._peers.items() if self._ports[descriptor] == port}

    def shut(self, peer: str, *, find: bool = False) -> bool:
        """Shut a connection down in both directions; gRPC then closes it.

        find: scan all descriptors for a connection that is not known yet. Returns whether the
        connection was found.
        """
        return self._on(peer, _shut, find=find) is not None

    def _on(
        self, peer: str, apply: Callable[[socket.socket], _T], *, find: bool = True
    ) -> _T | None:
        """Apply a function to the connection of a peer; None without a connection."""
        for scan in (self._scan_new, self._scan_all, None) if find else (None,):
            if (descriptor := self._descriptors.get(peer)) is not None:
                with _borrowed(descriptor) as own:
                    if own is not None and _peer(own) == peer:
                        return apply(own)
                self._forget(descriptor)  # another connection has it now
            if scan is not None:
                scan()
        return None

    def _scan_all(self) -> None:
        self._descriptors.clear()
        self._peers.clear()
        self._ports.clear()
        self._scan_new()

    def _scan_new(self) -> None:
        try:
            present = {int(entry.name) for entry in _OPEN.iterdir()}
        except OSError:
            return  # not on Linux
        for descriptor in self._peers.keys() - present:
            self._forget(descriptor)
        for descriptor in present - self._peers.keys():
            with _borrowed(descriptor) as own:
                peer = self._peers[descriptor] = _peer(own)
                self._ports[descriptor] = _port(own) if peer else 0
            self._descriptors[peer] = descriptor

    def _forget(self, descriptor: int) -> None:
        self._descriptors.pop(self._peers.pop(descriptor, ""), None)
        self._ports.pop(descriptor, None)


def open_descriptors() -> int:
    """Return the number of descriptors of this process; 0 if the system does not report it."""
    try:
        # The size is the number since Linux 6.2, and 0 before.
        return _OPEN.stat().st_size or sum(1 for _ in _OPEN.iterdir())
    except OSError:
        return 0


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket | None]:
    """Yield a descriptor as a socket, None for another kind; it stays open."""
    try:
        # With a family, Python does not query it; other kinds of sockets are detected later.
        own = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0, descriptor)
    except OSError:
        yield None
        return
    try:
        yield own
    finally:
        own.detach()


def _peer(own: socket.socket | None) -> str:
    """Return the peer as gRPC writes it, unquoted; '' if it is no TCP connection."""
    try:
        name: object = None if own is None else own.getpeername()
    except OSError:
        return ""  # a listening or closed socket
    if not isinstance(name, tuple):
        return ""  # a Unix socket
    host, port = str(name[0]), name[1]
    if ":" not in host:
        return f"ipv4:{host}:{port}"
    if host.startswith("::ffff:") and "." in host:
        return f"ipv4:{host.removeprefix('::ffff:')}:{port}"
    return f"ipv6:[{host}]:{port}"


def _port(own: socket.socket | None) -> int:
    """Return the port of this end of a TCP connection."""
    try:
        return 0 if own is None else int(own.getsockname()[1])
    except OSError:
        return 0  # closed


def _traffic(own: socket.socket) -> Traffic | None:
    with suppress(OSError, AttributeError, struct.error):
        info = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTS.size)
        sent, received = _COUNTS.unpack(info)
        return Traffic(received, sent)
    return None


def _shut(own: socket.socket) -> bool:
    with suppress(OSError):  # the peer closed it first
        own.shutdown(socket.SHUT_RDWR)
    return True
