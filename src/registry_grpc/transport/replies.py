"""Whole replies, kept by the bytes of their requests: what a method is asked again and again."""

from registry_grpc.domain.limits import KIB
from registry_grpc.services.answers import Answers, Moment

# Bytes of Python objects around a request and its reply, about.
_OVERHEAD = 200
_LARGE = 64 * KIB


class Replies:
    """The encoded replies of one method, all made of what memory knew at one moment.

    The next change, of anything, forgets them all: so they are as exact as `answers`, of which
    they are made again at once. At most `most_bytes`; when that is full it begins anew. Large ones
    are not kept: joined anew of what memory has they cost little, and would drive out many others.
    Used from the event loop alone.
    """

    def __init__(self, answers: Answers, most_bytes: int) -> None:
        self._answers = answers
        self._most_bytes = most_bytes
        self._bytes = 0
        self._moment: Moment = answers.moment
        self._kept: dict[bytes, bytes] = {}

    def get(self, request: bytes) -> bytes | None:
        """Return the reply to this request, None when it has to be made."""
        if self._answers.moment is not self._moment:
            self._forget()
        return self._kept.get(request)

    def put(self, request: bytes, reply: bytes) -> None:
        """Keep a reply that was made of the answers as they are now, after `get` had none."""
        size = len(request) + len(reply) + _OVERHEAD
        if size > min(_LARGE, self._most_bytes):
            return
        if self._bytes + size > self._most_bytes:
            self._forget()
        self._kept[request] = reply
        self._bytes += size

    def _forget(self) -> None:
        self._kept.clear()
        self._bytes, self._moment = 0, self._answers.moment
