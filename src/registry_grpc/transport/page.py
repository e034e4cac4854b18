"""Pages of lists as replies: items are encoded once, where they are read, and only joined here."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from google.protobuf.message import Message

from registry_grpc.services.listing import Encode, Listed
from registry_grpc.transport.frame import field_bytes
from registry_grpc.transport.history import stamped

_T = TypeVar("_T")


def encoded(render: Callable[[_T], Message], history: str) -> Encode[_T]:
    """Return the function that encodes items one by one, each when it is asked for.

    history: of the log, as known when the call began.
    """

    def encode(rows: Sequence[_T]) -> Iterator[bytes]:
        return (stamped(render(row), history).SerializeToString() for row in rows)

    return encode


def page_reply(reply: type[Message], page: Listed[bytes], history: str, **others: object) -> bytes:
    """Return the encoded reply of a list: the items are its only repeated message field.

    history: of the log, as known when the call began. others: what else the reply says.
    """
    number = _items_of(reply)
    if "revision" in reply.DESCRIPTOR.fields_by_name:
        others |= {"revision": page.revision, "history_id": history}
    end = reply(next_page_token=page.next_token, **others)
    return b"".join((*(field_bytes(number, item) for item in page.items), end.SerializeToString()))


def _items_of(reply: type[Message]) -> int:
    (number,) = (
        field.number
        for field in reply.DESCRIPTOR.fields
        if field.is_repeated and field.message_type is not None
    )
    return number
