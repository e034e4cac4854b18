"""How many bytes TCP has moved on each connection of this process, by the address of its peer.

gRPC holds what has come of a message and reports nothing of it until it is whole. The kernel counts
the bytes of every connection, so the growth of an unfinished message is known without gRPC.
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

    Nothing is owned here: a descriptor is neither duplicated nor closed, because closing a copy of
    a database file's descriptor would drop the locks that SQLite holds on it.
    """

    def __init__(self) -> None:
        self._descriptors: dict[str, int] = {}
        self._peers: dict[int, str] = {}
        self._ports: dict[int, int] = {}

    def traffic(self, peer: str) -> Traffic | None:
        """Return what was moved so far; None where that is unknown: no Linux, or no connection.

        peer: as gRPC writes it, `ipv4:127.0.0.1:4242` or `ipv6:[::1]:4242`.
        """
        return self._on(unquote(peer), _traffic)

    def accepted(self, port: int, *, refresh: bool = False) -> set[str]:
        """Return the peers of the connections to a port of this process.

        A descriptor that was used again since the last look may stand for the connection before,
        and hide the present one, unless `refresh`: then each descriptor is read again.
        """
        if refresh:
            self._look_at_all()
        else:
            self._look_at_new()
        return {peer for descriptor, peer in self._peers.items() if self._ports[descriptor] == port}

    def shut(self, peer: str, *, find: bool = False) -> None:
        """End a connection both ways: gRPC sees that and closes it.

        find: look for one that was not known at the last look, which costs a look at each.
        """
        self._on(peer, _shut, find=find)

    def _on(self, peer: str, act: Callable[[socket.socket], _T], *, find: bool = True) -> _T | None:
        """Do something with the connection of a peer; None where there is none."""
        for look in (self._look_at_new, self._look_at_all, None) if find else (None,):
            if (descriptor := self._descriptors.get(peer)) is not None:
                with _borrowed(descriptor) as own:
                    if own is not None and _peer(own) == peer:
                        return act(own)
                self._forget(descriptor)  # another connection has it now
            if look is not None:
                look()
        return None

    def _look_at_all(self) -> None:
        self._descriptors.clear()
        self._peers.clear()
        self._ports.clear()
        self._look_at_new()

    def _look_at_new(self) -> None:
        try:
            present = {int(entry.name) for entry in _OPEN.iterdir()}
        except OSError:
            return  # no Linux
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
    """Return how many descriptors this process has; 0 where the system does not report it."""
    try:
        # The size is the number since Linux 6.2, and 0 before.
        return _OPEN.stat().st_size or sum(1 for _ in _OPEN.iterdir())
    except OSError:
        return 0


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket | None]:
    """Give a descriptor as a socket, None if it is none; it stays open."""
    try:
        # With a family it does not ask for it; what is no TCP connection shows later.
        own = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0, descriptor)
    except OSError:
        yield None
        return
    try:
        yield own
    finally:
        own.detach()


def _peer(own: socket.socket | None) -> str:
    """Return the peer as gRPC writes it, unquoted; '' for what is no TCP connection."""
    try:
        name: object = None if own is None else own.getpeername()
    except OSError:
        return ""  # it listens, or has gone
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
        return 0  # it has gone


def _traffic(own: socket.socket) -> Traffic | None:
    with suppress(OSError, AttributeError, struct.error):
        info = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTS.size)
        sent, received = _COUNTS.unpack(info)
        return Traffic(received, sent)
    return None


def _shut(own: socket.socket) -> None:
    with suppress(OSError):  # the peer was faster
        own.shutdown(socket.SHUT_RDWR)
