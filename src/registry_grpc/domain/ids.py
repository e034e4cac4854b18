"""Ids: what namespaces, models, aliases, policies and versions may be called.

Each function returns the id that a text is, or raises ValueError with a sentence for people.
"""

import re
from uuid import UUID

_NAMESPACE_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MODEL_ID = re.compile(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?")
_ALIAS_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_POLICY_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_LINEAGE = ("datasets", "runs", "code", "approvers", "records")


def namespace_id(text: str) -> str:
    """Return a valid namespace id or raise ValueError."""
    return _matching(
        _NAMESPACE_ID,
        text,
        "a namespace id is 1 to 63 of a-z 0-9 -, starting and ending with a letter or digit",
    )


def model_id(text: str) -> str:
    """Return a valid model id or raise ValueError."""
    return _matching(
        _MODEL_ID,
        text,
        "a model id is 1 to 128 of a-z 0-9 . _ -, starting and ending with a letter or digit",
    )


def alias_id(text: str) -> str:
    """Return a valid alias id or raise ValueError."""
    return _matching(
        _ALIAS_ID, text, "an alias is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    )


def policy_id(text: str) -> str:
    """Return a valid policy id or raise ValueError."""
    return _matching(
        _POLICY_ID, text, "a policy id is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    )


def version_number(text: str) -> int:
    """Return a version number, 1 or more, or raise ValueError."""
    return int(_matching(_NUMBER, text, "a version number is a whole number from 1"))


def lineage_collection(text: str) -> str:
    """Return a collection of the lineage graph or raise ValueError."""
    if text not in _LINEAGE:
        message = f"lineage has {', '.join(_LINEAGE)}: {text[:200]!r}"
        raise ValueError(message)
    return text


def uuid(text: str) -> UUID:
    """Read a UUID in its canonical form (RFC 9562, lower case); raise ValueError otherwise."""
    try:
        value = UUID(text)
    except ValueError:
        value = None
    if value is None or str(value) != text:
        message = f"not a UUID in canonical form: {text[:80]!r}"
        raise ValueError(message)
    return value


def _matching(pattern: re.Pattern[str], text: str, rule: str) -> str:
    if not pattern.fullmatch(text):
        message = f"{rule}: {text[:200]!r}"
        raise ValueError(message)
    return text
