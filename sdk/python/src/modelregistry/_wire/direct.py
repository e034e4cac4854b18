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
    """Takes a redirect for the failure that it is: a signed address answers by itself."""

    @override
    def redirect_request(self, *_: object) -> None:
        """Follow none."""


_OPENER: Final = urllib_request.build_opener(_NoRedirects)


def is_usable(url: str, *, loopback: bool) -> bool:
    """Tell whether an address may be asked, which a registry chose and this machine would reach.

    By HTTPS anywhere but on this machine, without a user in it. A registry on this machine
    (`loopback`) may also name this machine, and there plain HTTP.
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
    """Read one block and hand its bytes on with their offsets, until `take` returns False.

    Raises Unavailable when the address does not answer as it should; the message never has the
    address in it, which is a secret.
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
        error.close()  # it is the answer too, with its connection
        raise _unusable("it answered", error.code) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unusable(type(error).__name__) from None


def _unusable(*why: str | int) -> Unavailable:
    told = " ".join(map(str, why))
    return Unavailable(f"the address for direct download cannot be used: {told}")
