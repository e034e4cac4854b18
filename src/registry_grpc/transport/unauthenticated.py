"""Closes connections without an admitted call, when there are too many.

A connection costs the server 9 KiB, one in a TLS handshake 46 KiB, until its idle timeout. On the
connection of a client the first call is admitted shortly after it was opened, so few connections
are without one, except in an attack. gRPC has no limit for these: its limit of connections counts
all of them, and idle ones would lock out every client.
"""

import asyncio
import time
from collections.abc import Callable
from enum import Enum, auto
from urllib.parse import unquote

from registry_grpc.transport.sockets import Sockets, open_descriptors

_CHECK_S = 0.02
_MAX_OLD, _MAX = 64, 256
_YOUNG_S = 2.0
_NOTED = 1_000
_REFUSED, _REFUSED_S = 64, 1.0
_ANSWERED = 200


class Answer(Enum):
    """The answer to a call without a valid token."""

    FULL = auto()
    BRIEF = auto()  # a status without message and details
    NONE = auto()  # its connection is closed


class UnauthenticatedConnections:
    """The connections to one port without an admitted call. Used from one event loop.

    At most _MAX are open, and _MAX_OLD of those that were opened, or made a call that needs no
    token, more than _YOUNG_S ago. The oldest are closed, those that never sent such a call first.
    A connection with more than _REFUSED calls without a valid token within _REFUSED_S is closed,
    and in a second at most _ANSWERED such calls, of all connections, get more than a code. Nothing
    is closed on systems without /proc.
    """

    def __init__(
        self,
        sockets: Sockets | None = None,
        descriptors: Callable[[], int] = open_descriptors,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sockets = sockets or Sockets()
        self._descriptors = descriptors
        self._clock = clock
        self._admitted: set[str] = set()
        self._most_noted = _NOTED
        self._silent: dict[str, float] = {}  # time of the first check that saw them
        self._calling: dict[str, float] = {}  # time of the last call
        self._refused: dict[str, tuple[float, int]] = {}  # start of the period, and count
        self._answered = (0, 0)  # a second, and the calls that got a status in it
        self._others = 0  # other descriptors at the last check

    def admitted(self, peer: str) -> None:
        """Record an admitted call on a connection."""
        self._admitted.add(unquote(peer))

    def called(self, peer: str) -> None:
        """Record the message of a call that needs no token."""
        peer = unquote(peer)
        self._calling.pop(peer, None)
        self._calling[peer] = self._clock()

    def refused(self, peer: str) -> Answer:
        """Record a call without a valid token; close its connection if there are too many.

        Returns the answer to the call. gRPC never frees a status that it cannot send because the
        caller has left (grpc/grpc issue 43360), so the number of full ones is bounded.
        """
        peer = unquote(peer)
        if peer in self._admitted:
            return Answer.FULL  # an expired token, or one of many callers behind a proxy
        now = self._clock()
        since, count = self._refused.pop(peer, (now, 0))
        if now - since > _REFUSED_S:
            since, count = now, 0
        self._refused[peer] = since, count + 1
        if len(self._refused) > _NOTED:
            del self._refused[next(iter(self._refused))]  # the least recent one
        if count == _REFUSED and not self._sockets.shut(peer, find=True):
            # Without an answer, the calls of an open connection would end at their deadlines only.
            self._refused[peer] = now, 1
            count = 0
        if count >= _REFUSED:
            return Answer.NONE
        return Answer.FULL if self._may_answer(int(now)) else Answer.BRIEF

    def _may_answer(self, second: int) -> bool:
        count = self._answered[1] if self._answered[0] == second else 0
        self._answered = second, count + 1
        return count < _ANSWERED

    async def bound(self, port: int) -> None:
        """Check the connections to a port periodically, until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_S)
            self.check(port)

    def check(self, port: int) -> None:
        """Close excess connections."""
        count = self._descriptors()
        noted = len(self._admitted) + len(self._calling)
        if count - self._others <= _MAX_OLD and noted <= self._most_noted:
            return  # too few to exceed a bound
        forget = noted > self._most_noted
        present = self._sockets.accepted(port, refresh=forget)
        if forget:  # only a refresh shows which are closed
            self._admitted &= present
        now = self._clock()
        unadmitted = present - self._admitted
        self._calling = _only(self._calling, unadmitted)
        self._silent = _only(self._silent, unadmitted - self._calling.keys())
        new = unadmitted - self._calling.keys() - self._silent.keys()
        self._silent |= dict.fromkeys(new, now)
        self._most_noted = 2 * (len(self._admitted) + len(self._calling)) + _NOTED
        self._others = count - len(unadmitted)
        for peer in self._too_many(now):
            self._sockets.shut(peer)

    def _too_many(self, now: float) -> list[str]:
        # Not those that this check found: the call of an honest client may be in transfer.
        silent = [peer for peer, since in self._silent.items() if since < now]
        # Those that call are closed for their own number, never for that of silent new ones.
        calling = self._excess(now, self._calling)
        excess = self._excess(now, self._silent | self._calling)
        return [*silent[:excess], *list(self._calling)[:calling]]

    @staticmethod
    def _excess(now: float, since: dict[str, float]) -> int:
        old = sum(now - moment > _YOUNG_S for moment in since.values())
        return max(old - _MAX_OLD, len(since) - _MAX, 0)


def _only(since: dict[str, float], peers: set[str]) -> dict[str, float]:
    return {peer: at for peer, at in since.items() if peer in peers}
