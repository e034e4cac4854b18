"""Targets of `$ref` and `$dynamicRef`: a JSON pointer or an anchor in the same text."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def resolved(root: object, anchors: Mapping[str, object], reference: str) -> Any:  # noqa: ANN401
    """Return the target of a reference; raise LookupError if there is none.

    Since `$id` is rejected below the top, there is one resource and `$dynamicRef` equals `$ref`.
    """
    fragment = unquote(reference.removeprefix("#"))
    if not fragment:
        return root
    if not fragment.startswith("/"):
        return anchors[fragment]
    found = root
    for part in fragment.removeprefix("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found[name]
        elif isinstance(found, list) and name.isascii() and name.isdigit():
            found = found[int(name[:9])]
        else:
            raise LookupError(name)
    return found
