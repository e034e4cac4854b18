"""Page tokens (AIP-158): opaque, bound to their query, positioned by key and never by offset."""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass

from registry_grpc.domain.violations import invalid

_FORMAT = 2
_MAX_TOKEN = 4_096
DEFAULT_SIZE = 50
MAX_SIZE = 1_000
_HISTORY = re.compile(r"[0-9a-f]{16}")

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows to read: at most `size` after `after` (None: from the start).

    history: of the previous page, in whose log the key was read; '' at the start.
    """

    size: int
    after: Key | None
    history: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """The query of a list, without position: other queries reject its tokens.

    shape: the types of the key's parts. Tokens are not signed, so a forged one is validated like
    any other input.
    """

    method: str
    arguments: tuple[str, ...]
    shape: tuple[type[str] | type[int], ...]

    def page(
        self, size: int, token: str, *, default: int = DEFAULT_SIZE, most: int = MAX_SIZE
    ) -> Page:
        """Read the paging fields of a request.

        0 means the default, larger sizes are reduced; a negative size or a token of another query
        raises InvalidRequest.
        """
        if size < 0:
            raise invalid("page_size", "may not be negative")
        size = min(size or default, most)
        return Page(size, *self._read(token)) if token else Page(size, None)

    def token(self, key: Key, history: str) -> str:
        """Return the token for the rows after `key`, which was read in a history."""
        fields = [_FORMAT, self._fingerprint(), history, *key]
        text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, token: str) -> tuple[Key, str]:
        refusal = invalid("page_token", "is not a token of this query; start from the first page")
        if len(token) > _MAX_TOKEN:
            raise refusal
        try:
            padded = token + "=" * (-len(token) % 4)
            fields = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, RecursionError):
            raise refusal from None
        if not isinstance(fields, list) or fields[:2] != [_FORMAT, self._fingerprint()]:
            raise refusal
        history, *parts = fields[2:] or [None]
        key = tuple(parts)
        if tuple(type(part) for part in key) != self.shape or not all(map(_storable, key)):
            raise refusal
        if not isinstance(history, str) or not _HISTORY.fullmatch(history):
            raise refusal
        return key, history

    def _fingerprint(self) -> str:
        text = json.dumps([self.method, *self.arguments])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _storable(part: str | int) -> bool:
    if isinstance(part, str):
        return "\0" not in part and not any("\ud800" <= char <= "\udfff" for char in part)
    return abs(part) < 2**63
