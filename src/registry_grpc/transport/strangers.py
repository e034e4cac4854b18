"""Closes connections on which no caller was admitted, when there are more than callers need.

A connection costs the server 9 KiB, one that began a TLS handshake 46 KiB, for as long as it may be
idle. A caller's connection has its first call admitted moments after it was opened, so those that
are open without one are few, unless they are opened for their own sake. gRPC has no limit for
these: its limit of connections counts all, and idle ones would lock every caller out.
"""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import unquote

from registry_grpc.transport.sockets import Sockets, open_descriptors

_LOOK_S = 0.02
_FEW, _MOST = 64, 256
_YOUNG_S = 2.0
_NOTED = 1_000
_REFUSED, _REFUSED_S = 64, 1.0


class Strangers:
    """The connections to one port without an admitted call. Used from one event loop.

    At most _MOST are open, and _FEW of those that were opened, or made a call that needs no token,
    more than _YOUNG_S ago. The oldest are closed, those that never sent such a call first. One with
    more than _REFUSED calls that were refused for want of a valid token is closed if they came
    within _REFUSED_S. Nothing is closed where the system has no /proc.
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
        self._silent: dict[str, float] = {}  # since when they are known
        self._calling: dict[str, float] = {}  # when they called last
        self._refused: dict[str, tuple[float, int]] = {}  # since when so many
        self._others = 0  # descriptors that were something else at the last look

    def admitted(self, peer: str) -> None:
        """Note that a caller was admitted on a connection."""
        self._admitted.add(unquote(peer))

    def called(self, peer: str) -> None:
        """Note that the message of a call that needs no token came."""
        peer = unquote(peer)
        self._calling.pop(peer, None)
        self._calling[peer] = self._clock()

    def refused(self, peer: str) -> None:
        """Note a call without a valid token; close its connection if it makes too many."""
        peer = unquote(peer)
        if peer in self._admitted:
            return  # a token that expired, or one of many callers behind a proxy
        now = self._clock()
        since, count = self._refused.pop(peer, (now, 0))
        if now - since > _REFUSED_S:
            since, count = now, 0
        if count < _REFUSED:
            self._refused[peer] = since, count + 1
        else:
            self._sockets.shut(peer, find=True)
        if len(self._refused) > _NOTED:
            del self._refused[next(iter(self._refused))]  # the one that called longest ago

    async def bound(self, port: int) -> None:
        """Look at the connections to a port again and again, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look(port)

    def look(self, port: int) -> None:
        """Close what is too much now."""
        count = self._descriptors()
        noted = len(self._admitted) + len(self._calling)
        if count - self._others <= _FEW and noted <= self._most_noted:
            return  # there cannot be more
        forget = noted > self._most_noted
        present = self._sockets.accepted(port, refresh=forget)
        if forget:  # only then it is certain who has gone
            self._admitted &= present
        now = self._clock()
        strangers = present - self._admitted
        self._calling = _only(self._calling, strangers)
        self._silent = _only(self._silent, strangers - self._calling.keys())
        new = strangers - self._calling.keys() - self._silent.keys()
        self._silent |= dict.fromkeys(new, now)
        self._most_noted = 2 * (len(self._admitted) + len(self._calling)) + _NOTED
        self._others = count - len(strangers)
        for peer in self._too_many(now):
            self._sockets.shut(peer)

    def _too_many(self, now: float) -> list[str]:
        every = self._silent | self._calling
        old = sum(now - since > _YOUNG_S for since in every.values())
        # Not those that this look has found: the call of an honest one may be behind it.
        found_before = [peer for peer, since in every.items() if since < now]
        return found_before[: max(old - _FEW, len(every) - _MOST, 0)]


def _only(since: dict[str, float], peers: set[str]) -> dict[str, float]:
    return {peer: at for peer, at in since.items() if peer in peers}
