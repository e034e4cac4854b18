"""Characters that steer a terminal or a page instead of being read."""

import unicodedata
from typing import Final

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of what follows them."""
_STEERING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, lone surrogates, and what separates lines and paragraphs."""
_UNSEEN: Final = _STEERING | {"Cf"}
"""Those, and formatting characters, most of which have no width."""


def has_control_characters(text: str) -> bool:
    """Return whether a character of the text controls a terminal, a direction or a line.

    Names and paths may not have such characters: what is shown for them would be another name.
    """
    if text.isprintable():  # none of these characters is
        return False
    return any(
        character in _BIDI or unicodedata.category(character) in _STEERING for character in text
    )


def visible(text: str) -> str:
    r"""Return the text with what could steer a terminal made visible, such as `\x1b`.

    Line breaks stay: for text of several lines that is set apart from all else.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def visible_line(text: str) -> str:
    r"""Return the same on one line: line breaks are shown as `\n`."""
    return visible(text).replace("\n", "\\n")


def _shown(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
