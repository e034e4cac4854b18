"""A bound on the replies of one operation that makes many calls.

Each reply has a bound of its own, but a list with ever new items has no end and would fill the
memory. So the replies of one operation are counted together.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message

from modelregistry.errors import MalformedReply

MOST_REPLIES: Final = 10_000
"""Ten million items of a list, or so many things that are read one by one."""
MOST_BYTES: Final = 256 * 1024 * 1024


@dataclass
class _Read:
    replies: int = 0
    size: int = 0


_current: ContextVar[_Read | None] = ContextVar("_current", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """Bound all replies of the calls in this block together, and with those of an outer block."""
    if _current.get() is not None:
        yield
        return
    before = _current.set(_Read())
    try:
        yield
    finally:
        _current.reset(before)


def count(reply: Message) -> None:
    """Count a reply; raise MalformedReply when the replies of the block exceed the bound."""
    read = _current.get()
    if read is None:
        return
    read.replies += 1
    read.size += reply.ByteSize()
    if read.replies > MOST_REPLIES or read.size > MOST_BYTES:
        said = f"{read.replies} replies of {read.size} bytes"
        message = f"the registry's lists do not end: {said} were read for one answer"
        raise MalformedReply(message)
