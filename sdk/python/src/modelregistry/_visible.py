"""What other people wrote, made harmless to look at."""

import unicodedata
from typing import Final

_STEERING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of what follows them."""
_NONE: Final = frozenset("\ufffe\uffff")
"""No characters, which XML cannot hold."""


def visible(text: str) -> str:
    r"""Return the text with what could steer a terminal or a page made visible, such as `\x1b`.

    Line breaks stay.
    """
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character == "\n":
        return character
    if (
        unicodedata.category(character) in {"Cc", "Cs"}
        or character in _STEERING
        or character in _NONE
    ):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character
