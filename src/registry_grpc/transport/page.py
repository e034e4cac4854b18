"""Pages of lists as replies: each item is encoded when it is read, and only joined here."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message

from registry_grpc.services.listing import Listed
from registry_grpc.transport.frame import field_bytes
from registry_grpc.transport.history import stamped


def page_reply(
    reply: type[Message],
    page: Listed[Any],
    items: Iterable[Message],
    history: str,
    **others: object,
) -> bytes:
    """Return the encoded reply of a list: the items are its only repeated message field.

    items: of the page, as messages. history: of the log, as known when the call began. others: what
    else the reply says.
    """
    number = _items_of(reply)
    if "revision" in reply.DESCRIPTOR.fields_by_name:
        others |= {"revision": page.revision, "history_id": history}
    end = reply(next_page_token=page.next_token, **others)
    encoded = (stamped(item, history).SerializeToString() for item in items)
    return b"".join((*(field_bytes(number, item) for item in encoded), end.SerializeToString()))


def _items_of(reply: type[Message]) -> int:
    (number,) = (
        field.number
        for field in reply.DESCRIPTOR.fields
        if field.is_repeated and field.message_type is not None
    )
    return number
