"""A proxy before PostgreSQL that cuts connections around COMMIT, so that outcomes are unknown."""

import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from random import Random

_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # a simple query, as psycopg sends it
_READ_ONLY = b"READ ONLY"
_BEGIN = b"BEGIN"
_CHUNK = 65_536
_KEY = b"K\x00\x00\x00"  # BackendKeyData: its length, then the process id of the session
_COMMITS = 0.5
_COMMIT_S = 0.002
_ELSEWHERE = 0.02  # of the messages of a transaction that writes


class Cut(Enum):
    """Where a connection is cut."""

    STATEMENT = "before a statement"
    BEFORE = "before COMMIT"
    INSIDE = "inside COMMIT"
    SENT = "behind COMMIT"
    ANSWERED = "before the answer"
    HALF = "inside the answer"


_AT_COMMIT = [cut for cut in Cut if cut is not Cut.STATEMENT]


class CuttingProxy:
    """Forwards to a Unix socket; while `cutting` is set, cuts connections of writers at random.

    unanswered: with a part of a statement in it, no COMMIT of a transaction with such a statement
    is answered. (Only the first executions on a connection have their text.)
    """

    def __init__(self, upstream: str, random: Random) -> None:
        self.cutting = threading.Event()
        self.cuts: Counter[Cut] = Counter()
        self.unanswered = b""
        self._upstream = upstream
        self._random = random
        self._killed: threading.Event | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def total(self) -> int:
        """How many connections it has cut."""
        return sum(self.cuts.values())

    def close(self) -> None:
        """Accept nothing more."""
        self._listener.close()

    def choose(self, *, at_commit: bool) -> Cut | None:
        """Return whether to cut here, and how; it is counted."""
        with self._lock:
            if not self.cutting.is_set():
                return None
            if not at_commit:
                chosen = Cut.STATEMENT if self._random.random() < _ELSEWHERE else None
            else:
                # All of them as often; the rest of the commits is answered.
                rarest = min(_AT_COMMIT, key=lambda cut: (self.cuts[cut], self._random.random()))
                chosen = rarest if self._random.random() < _COMMITS else None
            if chosen is not None:
                self.cuts[chosen] += 1
            return chosen

    def kill_at_commit(self) -> threading.Event:
        """Kill the session that commits next during its COMMIT; return a signal of its end."""
        with self._lock:
            self._killed = threading.Event()
            return self._killed

    def kill(self, session: int) -> bool:
        """Kill a session that commits, if that is wanted; return whether it was."""
        with self._lock:
            done, self._killed = self._killed, None
            delay = self._random.uniform(0, _COMMIT_S)
        if done is None:
            return False
        time.sleep(delay)
        with suppress(ProcessLookupError):
            os.kill(session, signal.SIGKILL)
        done.set()
        return True

    def below(self, limit: int) -> int:
        """Return a number from 1 to below `limit`."""
        with self._lock:
            return self._random.randrange(1, limit)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self._upstream)
                except OSError:
                    client.close()  # PostgreSQL is not running
                    server.close()
                    continue
                _Connection(self, client, server).start()


class _Connection:
    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._session = 0
        self._writes = False
        self._chosen = False
        self._answer: Cut | None = None

    def start(self) -> None:
        for pump in (self._to_server, self._to_client):
            threading.Thread(target=self._run, args=(pump,), daemon=True).start()

    def _run(self, pump: Callable[[], None]) -> None:
        with suppress(OSError):
            pump()
        self._cut()

    def _cut(self) -> None:
        for side in (self._client, self._server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    def _to_server(self) -> None:
        while data := self._client.recv(_CHUNK):
            if _BEGIN in data:
                self._writes, self._chosen = _READ_ONLY not in data, False
            text = self._proxy.unanswered
            self._chosen = self._chosen or (bool(text) and text in data)
            at = data.find(_COMMIT)
            cut = self._proxy.choose(at_commit=at >= 0) if self._writes else None
            if at >= 0 and self._chosen:
                cut = Cut.ANSWERED
            if cut is Cut.STATEMENT:
                return
            if cut in {Cut.BEFORE, Cut.INSIDE}:
                more = 0 if cut is Cut.BEFORE else self._proxy.below(len(_COMMIT))
                self._server.sendall(data[: at + more])
                return
            if cut in {Cut.ANSWERED, Cut.HALF}:
                self._answer = cut
            self._server.sendall(data)
            if cut is Cut.SENT or (at >= 0 and self._writes and self._proxy.kill(self._session)):
                return

    def _to_client(self) -> None:
        while data := self._server.recv(_CHUNK):
            key = data.find(_KEY)
            if not self._session and key >= 0:
                self._session = int.from_bytes(data[key + 5 : key + 9])
            if self._answer is Cut.ANSWERED:
                return
            if self._answer is Cut.HALF:
                self._client.sendall(data[: self._proxy.below(len(data))])
                return
            self._client.sendall(data)


@contextmanager
def cutting_proxy(upstream: str, random: Random) -> Iterator[CuttingProxy]:
    """Run a proxy before the Unix socket `upstream`."""
    proxy = CuttingProxy(upstream, random)
    try:
        yield proxy
    finally:
        proxy.cutting.clear()
        proxy.close()
