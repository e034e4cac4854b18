"""A cache of whole replies, by the bytes of their requests."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from registry_grpc.domain.limits import KIB
from registry_grpc.services.lookup_cache import LookupCache, Moment
from registry_grpc.transport.method import Demand

# Bytes of Python objects around a request and its reply, and of a demand, about.
_OVERHEAD = 250
_DEMAND = 220
_LARGE = 64 * KIB


@dataclass(frozen=True, slots=True)
class KeptReply:
    """An encoded reply, and the permissions that a caller needs to receive it."""

    encoded: bytes
    demands: Sequence[Demand]


class ReplyCache:
    """The encoded replies of one method, all built from cached answers at one moment.

    The next change, of anything, evicts them all: so they are as exact as `answers`, from which
    they are built again. At most `most_bytes`: the least recently used are evicted. Large ones
    are not cached: they cost little to join again, and would evict many others. Used from one
    event loop.
    """

    def __init__(self, answers: LookupCache[bytes], most_bytes: int) -> None:
        self._answers = answers
        self._most_bytes = most_bytes
        self._bytes = 0
        self._moment: Moment = answers.moment
        self._kept: OrderedDict[bytes, KeptReply] = OrderedDict()

    def get(self, request: bytes) -> KeptReply | None:
        """Return the reply to this request, None when it has to be built."""
        if self._answers.moment is not self._moment:
            self._forget()
        reply = self._kept.get(request)
        if reply is not None:
            self._kept.move_to_end(request)
        return reply

    def put(self, request: bytes, reply: KeptReply) -> None:
        """Cache a reply that was built from the answers as they are now, after `get` had none."""
        size = _size(request, reply)
        if size > min(_LARGE, self._most_bytes):
            return
        self._kept[request] = reply
        self._bytes += size
        while self._bytes > self._most_bytes:
            self._bytes -= _size(*self._kept.popitem(last=False))

    def _forget(self) -> None:
        self._kept.clear()
        self._bytes, self._moment = 0, self._answers.moment


def _size(request: bytes, reply: KeptReply) -> int:
    demands = len(reply.demands) * _DEMAND
    return len(request) + len(reply.encoded) + demands + _OVERHEAD
