"""Full names in somebody's sentence, written as people write them."""

import re
from typing import Final

from modelregistry import names

_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_FULL: Final = re.compile(
    rf"namespaces/(?P<namespace>{_ID})/"
    rf"(?:(?P<model>models/{_ID}(?:/(?:versions|aliases)/{_ID})?)"
    rf"|transitions/(?P<transition>{_ID})|policies/(?P<policy>{_ID}))"
)


def shortened(text: str) -> str:
    """Return a text with `fraud/7` for the full name of a version, and so on.

    A model gives `fraud`, an alias `fraud@champion`, a policy `quality`, a transition its id: what
    commands take. With --json texts stay as the registry writes them.
    """
    alone = _FULL.fullmatch(text)
    if alone and alone["transition"]:  # what the history has where nobody gave a reason
        return f"transition {alone['transition']}"
    return _FULL.sub(_short, text)


def _short(found: re.Match[str]) -> str:
    if found["model"]:
        return names.short_ref(found[0])
    if found["transition"]:
        return found["transition"]
    front = "" if found["namespace"] == names.DEFAULT_NAMESPACE else f"{found['namespace']}/"
    return f"{front}{found['policy']}"
