"""The text of ids in all scripts: which characters it has, and which ids are equal.

`sdk/conformance/names.json` has the cases.
"""

import hashlib
from typing import Final
from unicodedata import category, is_normalized, normalize

_KEY_BYTES: Final = 1_024
_INVISIBLE: Final = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
"""The letters and marks that are Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties)."""


def is_word(text: str, signs: str, numbers: str = "Nd") -> bool:
    """Whether a text has only letters, marks behind letters, numbers, and some of `signs`.

    numbers: what their Unicode categories begin with.
    """
    after_letter = False
    for character in text:
        kind = category(character)
        if kind[0] == "L":
            after_letter = True
        elif kind[0] != "M" or not after_letter:
            if not kind.startswith(numbers) and character not in signs:
                return False
            after_letter = False
        if after_letter and _is_invisible(character):
            return False
    return True


def is_nfc(text: str) -> bool:
    """Whether a text is in the Unicode normal form NFC."""
    return is_normalized("NFC", text)


def folded(text: str) -> str:
    """Return a text that is equal for ids that differ only in case or compatibility forms.

    Two ids are folded to one text if they are a compatibility caseless match (Unicode, definition
    D146): `Fraud`, `FRAUD` and `fraud` in fullwidth letters. It may be ten times as long as the id.
    """
    if text.isascii():
        return text.lower()
    once = normalize("NFKD", normalize("NFD", text).casefold())
    return normalize("NFKC", once.casefold())


def name_key(text: str) -> str:
    """Return `folded(text)` for an index: of more than 1,024 bytes the SHA-256."""
    key = folded(text)
    encoded = key.encode("utf-8", "surrogatepass")
    if len(encoded) <= _KEY_BYTES:
        return key
    return f"sha256:{hashlib.sha256(encoded).hexdigest()}"  # no id has a colon


def _is_invisible(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _INVISIBLE)
