"""A TCP proxy that counts what clients send through it: what really travelled, framing and all."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from typing_extensions import override

_PIECE_BYTES = 256 * 1024
_CONNECT_S = 10.0


@dataclass(slots=True)
class Counter:
    """Bytes that clients sent through `target`; final once the proxy has ended."""

    target: str
    sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        """Count some more."""
        with self._lock:
            self.sent += count


@contextmanager
def counting(target: str) -> Iterator[Counter]:
    """Forward connections to `target`; on leaving wait until their clients have hung up."""
    counter = Counter("")

    class Handler(socketserver.BaseRequestHandler):
        request: socket.socket

        @override
        def handle(self) -> None:
            with socket.create_connection(_address(target), _CONNECT_S) as server:
                server.settimeout(None)
                back = threading.Thread(target=_pump, args=(server, self.request, None))
                back.start()
                _pump(self.request, server, counter)
                back.join()

    # Its close joins the threads of all connections: they are not daemons.
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as proxy:
        counter.target = f"127.0.0.1:{proxy.server_address[1]}"
        accepting = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        accepting.start()
        try:
            yield counter
        finally:
            proxy.shutdown()
            accepting.join()


def _address(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    return host, int(port)


def _pump(source: socket.socket, sink: socket.socket, counter: Counter | None) -> None:
    """Forward until either end hangs up, then tell the other so."""
    with suppress(ConnectionError):  # some hang up with a reset
        while data := source.recv(_PIECE_BYTES):
            if counter:
                counter.add(len(data))
            sink.sendall(data)
    with suppress(OSError):  # gone already
        sink.shutdown(socket.SHUT_WR)
