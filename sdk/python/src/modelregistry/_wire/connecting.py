"""Why no connection can be made: gRPC's own reason, in the words of a person who can mend it."""

import re
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from modelregistry.errors import CannotConnect

_ADDRESS: Final = re.compile(r"last error: [A-Z_]+: (?:ipv[46]:)?(\S+?): (.*)", re.DOTALL)
_NAME: Final = re.compile(r"(?:errors resolving|DNS resolution failed for) (\S+?): (.*)", re.DOTALL)
_CERTIFICATE: Final = re.compile(r"CERTIFICATE_VERIFY_FAILED: ([^:]+)")

# What gRPC says, the cause, and the sentence after the address.
_CAUSES: Final = (
    ("Connection refused", "refused", "connection refused"),
    (
        "WRONG_VERSION_NUMBER",
        "server_without_tls",
        "the server does not speak TLS; connect without it: --plaintext, or plaintext=True",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "certificate",
        "the certificate is not trusted{detail}; --ca, or ca=, selects those to trust",
    ),
    (
        "Expected SETTINGS frame",
        "not_grpc",
        "the server does not speak gRPC; this may be the port of another service",
    ),
    (
        "Socket closed",
        "server_with_tls",
        "the server closed the connection; it may require TLS: --tls, or plaintext=False",
    ),
    ("Domain name not found", "unknown_host", "the host is unknown"),
)
_LASTING: Final = frozenset({"server_without_tls", "certificate", "not_grpc", "unknown_host"})
"""Causes that waiting does not change."""
_INITIAL_S: Final = 0.1
_MAX_S: Final = 1.0


def cannot_connect(details: str, request_id: str) -> CannotConnect | None:
    """Return the error for the details of a failed call; None when a server may have replied."""
    failed = details.startswith(("failed to connect to all addresses", "errors resolving "))
    found = _ADDRESS.search(details) or _NAME.match(details)
    if found is None or not (failed or _NAME.match(details)):
        return None
    address, said = unquote(found[1]), found[2]
    for words, cause, sentence in _CAUSES:
        if words in said:
            verified = _CERTIFICATE.search(said)
            detail = f" ({verified[1]})" if verified else ""
            message = f"{address}: {sentence.replace('{detail}', detail)}"
            return CannotConnect(message, metadata={"cause": cause}, request_id=request_id)
    return CannotConnect(f"{address}: {said}", metadata={"cause": "other"}, request_id=request_id)


class FirstConnection:
    """The attempts to connect for the first time, within the deadline of a call.

    patience: seconds after which it gives up, if that is sooner; None for the deadline.
    """

    def __init__(
        self,
        seconds: float,
        patience: float | None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._elapsed = elapsed
        self._deadline = elapsed() + seconds
        self._until = elapsed() + (seconds if patience is None else min(seconds, patience))
        self._pause = _INITIAL_S

    @property
    def left(self) -> float:
        """Seconds left for the call; above 0."""
        return max(self._deadline - self._elapsed(), 0.001)

    def pause_after(self, error: CannotConnect) -> float:
        """Return the seconds until the next attempt; raise `error` where that would not help."""
        pause, self._pause = self._pause, min(_MAX_S, 2 * self._pause)
        if error.metadata["cause"] in _LASTING or self._elapsed() + pause > self._until:
            raise error
        return pause
