"""Ranges of a blob by HTTP, from an address that the registry signed."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib import error as urllib_error
from urllib import request as urllib_request
from urllib.parse import urlsplit

from typing_extensions import override

from modelregistry._local.blocks import Block
from modelregistry._wire.settings import is_loopback
from modelregistry.errors import Unavailable

_READ: Final = 1024 * 1024
_SILENCE_S: Final = 30.0
_PARTIAL: Final = 206


class _NoRedirects(urllib_request.HTTPRedirectHandler):
    """Treats a redirect as a failure, because a signed address replies itself."""

    @override
    def redirect_request(self, *_: object) -> None:
        """Follow no redirect."""


_OPENER: Final = urllib_request.build_opener(_NoRedirects)


def is_usable(url: str, *, loopback: bool) -> bool:
    """Return whether this machine may call an address, which a registry chose.

    It must use HTTPS and have no user, and may not be on this machine. A registry on this machine
    (`loopback`) may use addresses on this machine, also with plain HTTP.
    """
    try:
        parts = urlsplit(url)
        here = is_loopback(f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.netloc)
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    if here:
        return loopback and parts.scheme in {"http", "https"}
    return parts.scheme == "https"


def fetch(url: str, block: Block, take: Callable[[bytes, int], bool]) -> None:
    """Read one block and pass its bytes to `take` with their offsets, until it returns False.

    Raises Unavailable when the address does not reply as expected; the message never contains the
    address, which is a secret.
    """
    if not url.startswith(("https://", "http://")):
        raise _unusable("it is not one of HTTP")
    span = f"bytes={block.start}-{block.end - 1}"
    asked = urllib_request.Request(url, headers={"Range": span})  # noqa: S310 - looked at above
    at = block.start
    with _plainly(), _OPENER.open(asked, timeout=_SILENCE_S) as reply:
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
        error.close()  # it is also the reply, with its connection
        raise _unusable("it answered", error.code) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unusable(type(error).__name__) from None


def _unusable(*why: str | int) -> Unavailable:
    reason = " ".join(map(str, why))
    return Unavailable(f"the address for direct download cannot be used: {reason}")
