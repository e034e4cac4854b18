"""How many bytes TCP has moved on each connection of this process, by the address of its peer.

gRPC holds what has come of a message and reports nothing of it until it is whole. The kernel counts
the bytes of every connection, so the growth of an unfinished message is known without gRPC.
"""

import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

_OPEN = Path("/proc/self/fd")
# tcpi_bytes_acked and tcpi_bytes_received in struct tcp_info, since Linux 4.1.
_COUNTS = struct.Struct("=120xQQ")


class Traffic(NamedTuple):
    """Bytes of one connection since it was opened."""

    received: int
    sent: int


class Sockets:
    """The TCP connections of this process. Used from one event loop.

    Only reads: a descriptor is neither duplicated nor closed, because closing a copy of a database
    file's descriptor would drop the locks that SQLite holds on it.
    """

    def __init__(self) -> None:
        self._descriptors: dict[str, int] = {}
        self._peers: dict[int, str] = {}

    def traffic(self, peer: str) -> Traffic | None:
        """Return what was moved so far; None where that is unknown: no Linux, or no connection.

        peer: as gRPC writes it, `ipv4:127.0.0.1:4242` or `ipv6:[::1]:4242`.
        """
        peer = unquote(peer)
        for look in (self._look_at_new, self._look_at_all, None):
            if (descriptor := self._descriptors.get(peer)) is not None:
                found, traffic = _look(descriptor)
                if found == peer:
                    return traffic
                self._forget(descriptor)  # another connection has it now
            if look is not None:
                look()
        return None

    def _look_at_all(self) -> None:
        self._descriptors.clear()
        self._peers.clear()
        self._look_at_new()

    def _look_at_new(self) -> None:
        try:
            present = {int(entry.name) for entry in _OPEN.iterdir()}
        except OSError:
            return  # no Linux
        for descriptor in self._peers.keys() - present:
            self._forget(descriptor)
        for descriptor in present - self._peers.keys():
            self._peers[descriptor], _ = _look(descriptor)
            self._descriptors[self._peers[descriptor]] = descriptor

    def _forget(self, descriptor: int) -> None:
        self._descriptors.pop(self._peers.pop(descriptor, ""), None)


def _look(descriptor: int) -> tuple[str, Traffic | None]:
    """Return the peer of a TCP connection, and its traffic; '' and None for anything else."""
    try:
        own = socket.socket(fileno=descriptor)
    except OSError:
        return "", None
    try:
        return _peer(own.getpeername()), _traffic(own)
    except OSError:
        return "", None
    finally:
        own.detach()


def _peer(name: object) -> str:
    if not isinstance(name, tuple):
        return ""  # a Unix socket
    host, port = str(name[0]), name[1]
    if ":" not in host:
        return f"ipv4:{host}:{port}"
    if host.startswith("::ffff:") and "." in host:
        return f"ipv4:{host.removeprefix('::ffff:')}:{port}"
    return f"ipv6:[{host}]:{port}"


def _traffic(own: socket.socket) -> Traffic | None:
    with suppress(OSError, AttributeError, struct.error):
        info = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTS.size)
        sent, received = _COUNTS.unpack(info)
        return Traffic(received, sent)
    return None
