"""Ids: what namespaces, models, aliases, policies and versions may be called.

Each function returns the id that a text is, or raises ValueError with a sentence for people.
"""

import re
from hashlib import sha256
from uuid import UUID

from registry_grpc.domain.id_text import folded, is_nfc, is_word

LATEST = "latest"
MAX_MODEL_ID_BYTES = 256
MAX_ALIAS_ID_BYTES = 255

_NAMESPACE_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_POLICY_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_MONITOR_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_STAGE_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_LINEAGE = ("datasets", "runs", "code", "approvers", "records")
# Nearly all ids are ASCII, and references with them are parsed by every lookup: one match each.
_ASCII_MODEL_ID = re.compile(
    r"(?!(?:-|\.\.?)\Z)[A-Za-z0-9._+()-](?:[A-Za-z0-9 ._+()-]{0,254}[A-Za-z0-9._+()-])?"
)
_ASCII_ALIAS_ID = re.compile(r"(?!(?:-|\.\.?|[0-9]+|(?i:latest))\Z)[A-Za-z0-9._-]{1,255}", re.ASCII)
_NO_IDS = frozenset({"-", ".", ".."})
"""The wildcard of lists, and the folders of paths."""
_MODEL_RULE = (
    "a model id is 1 to 256 bytes of letters and digits of any script, spaces inside, . _ - + ( )"
)
_ALIAS_RULE = "an alias is 1 to 255 bytes of letters and digits of any script, . _ -"


def namespace_id(text: str) -> str:
    """Return a valid namespace id or raise ValueError."""
    return _matching(
        _NAMESPACE_ID,
        text,
        "a namespace id is 1 to 63 of a-z 0-9 -, starting and ending with a letter or digit",
    )


def model_id(text: str) -> str:
    """Return a valid model id or raise ValueError."""
    if _ASCII_MODEL_ID.fullmatch(text):
        return text
    outside = text.startswith(" ") or text.endswith(" ")
    if outside or not _is_word(text, MAX_MODEL_ID_BYTES, " ._-+()", "Nd"):
        raise ValueError(_message(_MODEL_RULE, text))
    return _normal("a model id is", text)


def alias_id(text: str) -> str:
    """Return an id that an alias may have, or `latest`, or raise ValueError.

    `alias_word` has the further rule for new aliases.
    """
    if text == LATEST or _ASCII_ALIAS_ID.fullmatch(text):
        return text
    if not _is_word(text, MAX_ALIAS_ID_BYTES, "._-", "N"):
        raise ValueError(_message(_ALIAS_RULE, text))
    key = folded(text)
    if key.isdigit():
        raise ValueError(_message("an alias is not only digits; a version is fraud/7", text))
    if key == LATEST:
        raise ValueError(_message(f"an alias is not {LATEST} in other letters", text))
    return _normal("an alias is", text)


def stage_id(text: str) -> str:
    """Return a valid stage id or raise ValueError."""
    return _matching(
        _STAGE_ID, text, "a stage id is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    )


def policy_id(text: str) -> str:
    """Return a valid policy id or raise ValueError."""
    return _matching(
        _POLICY_ID, text, "a policy id is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    )


def monitor_id(text: str) -> str:
    """Return a valid monitor id or raise ValueError."""
    return _matching(
        _MONITOR_ID, text, "a monitor id is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
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


def uuid_of(*parts: str) -> UUID:
    """Return the UUIDv8 (RFC 9562) that identifies what these texts identify together."""
    value = int.from_bytes(sha256("\0".join(parts).encode()).digest()[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _is_word(text: str, most: int, signs: str, numbers: str) -> bool:
    # The number of characters first: the text may be huge, or have surrogates and no bytes.
    if not 0 < len(text) <= most or text in _NO_IDS or not is_word(text, signs, numbers):
        return False
    return len(text.encode()) <= most


def _normal(subject: str, text: str) -> str:
    if not is_nfc(text):
        raise ValueError(_message(f"{subject} in the Unicode normal form NFC", text))
    return text


def _matching(pattern: re.Pattern[str], text: str, rule: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(_message(rule, text))
    return text


def _message(rule: str, text: str) -> str:
    return f"{rule}: {text[:200]!r}"
