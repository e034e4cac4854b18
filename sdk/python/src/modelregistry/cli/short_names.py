"""Full names in somebody's sentence, written as people write them."""

import re
from typing import Final

from modelregistry import names

_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_TRANSITION: Final = rf"namespaces/{_ID}/transitions/{_ID}"
_FULL: Final = re.compile(
    rf"{_TRANSITION}"
    rf"|namespaces/{_ID}/policies/{_ID}"
    rf"|namespaces/{_ID}/models/{_ID}(?:/(?:versions|aliases)/{_ID})?"
)


def shortened(text: str) -> str:
    """Return a text with `fraud/7` for the full name of a version, and so on.

    A model gives `fraud`, an alias `fraud@champion`, a policy `quality`, a transition its id: what
    commands take. With --json texts stay as the registry writes them.
    """
    short = _FULL.sub(lambda found: names.short_ref(found[0]), text)
    # What the history has where nobody gave a reason.
    return f"transition {short}" if re.fullmatch(_TRANSITION, text) else short
