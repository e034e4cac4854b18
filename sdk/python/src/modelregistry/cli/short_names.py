"""Shortening of full names in texts."""

import re
from typing import Final

from modelregistry import names

_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_WORD: Final = r"[\w.+()-]+"
_TEXT: Final = r"[^/@:%\\\s](?:[^/@:%\\\r\n]{0,254}[^/@:%\\\s])?"
"""The id of a model, with spaces: where it ends is clear before `/versions/` and `/aliases/`."""
_TRANSITION: Final = rf"namespaces/{_ID}/transitions/{_ID}"
_FULL: Final = re.compile(
    rf"{_TRANSITION}"
    rf"|namespaces/{_ID}/policies/{_ID}"
    rf"|namespaces/{_ID}/models/{_TEXT}/(?:versions/[0-9]+|(?:aliases|routes)/[\w.-]+)"
    rf"|namespaces/{_ID}/models/{_WORD}"
)


def shortened(text: str) -> str:
    """Return a text with full names replaced by short references.

    A version gives `fraud/7`, a model `fraud`, an alias `fraud@champion`, a route `fraud@checkout`,
    a policy `quality`, a transition its id, as commands accept them. With --json texts stay
    unchanged.
    """
    short = _FULL.sub(lambda found: names.short_ref(found[0]), text)
    # The history entry of a transition without a reason.
    return f"transition {short}" if re.fullmatch(_TRANSITION, text) else short
