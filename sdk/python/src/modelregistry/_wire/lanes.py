"""The connections over which a process distributes its streams without end.

A registry accepts 1,000 streams on one connection, and gRPC gives all channels of a process with
the same target and options one connection: one more stream would wait, without an error, until
another one ends, and with it every other call. So a process uses a second connection for its 801st
watch, a third one for its 1,601st, and so on.
"""

from __future__ import annotations

from typing import Final

from modelregistry._wire import fork

MOST_STREAMS: Final = 800
"""The streams without end on one connection; 200 are left for other calls."""


class Entry:
    """One stream on a connection. number: of the connection, from 0 on."""

    def __init__(self, number: int, streams: set[Entry]) -> None:
        self.number = number
        self._streams = streams
        streams.add(self)

    def leave(self) -> None:
        """Make room for another stream. May be called by the garbage collector, in any thread."""
        self._streams.discard(self)


class Lanes:
    """The open streams of this process by target and connection.

    It needs no lock: sets change atomically, and a few streams more on a connection are harmless.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], set[Entry]] = {}
        fork.forget_in_child(self)

    def enter(self, target: str) -> Entry:
        """Return an entry on the first connection to the target that has room."""
        number = 0
        while len(streams := self._open.setdefault((target, number), set())) >= MOST_STREAMS:
            number += 1
        return Entry(number, streams)

    def forget(self) -> None:
        """Drop the streams of the parent process, in a forked child."""
        self._open = {}


LANES: Final = Lanes()
"""Those of this process."""
