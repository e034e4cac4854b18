"""Ranges of a blob by HTTP, from an address that the registry signed."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib import error as urllib_error
from urllib import request as urllib_request

from modelregistry._wire.plan import Block
from modelregistry.errors import Unavailable

_READ: Final = 1024 * 1024
_SILENCE_S: Final = 30.0
_PARTIAL: Final = 206


def fetch(url: str, block: Block, take: Callable[[bytes, int], bool]) -> None:
    """Read one block and hand its bytes on with their offsets, until `take` returns False.

    Raises Unavailable when the address does not answer as it should; the message never has the
    address in it, which is a secret.
    """
    if not url.startswith(("https://", "http://")):
        raise _unusable("it is not one of HTTP")
    span = f"bytes={block.start}-{block.end - 1}"
    asked = urllib_request.Request(url, headers={"Range": span})  # noqa: S310 - looked at above
    at = block.start
    with _plainly(), urllib_request.urlopen(asked, timeout=_SILENCE_S) as reply:  # noqa: S310
        if reply.status != _PARTIAL:
            raise _unusable("it answered", reply.status)
        while at < block.end and (data := reply.read(min(_READ, block.end - at))):
            if not take(data, at):
                return
            at += len(data)
    if at < block.end:
        raise _unusable("it ended early")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except urllib_error.HTTPError as error:
        error.close()  # it is the answer too, with its connection
        raise _unusable("it answered", error.code) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unusable(type(error).__name__) from None


def _unusable(*why: str | int) -> Unavailable:
    told = " ".join(map(str, why))
    return Unavailable(f"the address for direct download cannot be used: {told}")
