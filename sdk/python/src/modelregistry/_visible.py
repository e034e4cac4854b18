"""Escaping of text from others, so that it cannot control a terminal."""

import unicodedata
from typing import Final

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of what follows them."""
_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates, and line and paragraph separators."""
_NONCHARACTERS: Final = frozenset("\ufffe\uffff")
"""Noncharacters, which XML cannot represent."""
_INVISIBLE: Final = _CONTROL | {"Cf"}
"""These, and formatting characters, most of which have no width."""


def has_control_characters(text: str) -> bool:
    """Return whether a character of the text controls the terminal, text direction or line breaks.

    Names and paths may not have such characters: they would be displayed as another name.
    """
    if text.isprintable():  # printable text has none of these characters
        return False
    return any(
        character in _BIDI or unicodedata.category(character) in _CONTROL for character in text
    )


def visible(text: str) -> str:
    r"""Return the text with control characters escaped, such as `\x1b`.

    Line breaks stay: for text of several lines in a paragraph of its own.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def visible_line(text: str) -> str:
    r"""Return the same on one line: line breaks are shown as `\n`."""
    return visible(text).replace("\n", "\\n")


def _shown(character: str) -> str:
    invisible = unicodedata.category(character) in _INVISIBLE or character in _NONCHARACTERS
    if character == "\n" or not invisible:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
