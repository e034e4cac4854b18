"""Patterns of ids: `*` is any text, `?` one character, `[ab]` one of these, `[!ab]` another."""

import re

_PATTERN = re.compile(r"([a-z0-9._*?-]|\[!?[a-z0-9._-]+\])+")
MEANING = "a-z 0-9 . _ - and * ? [ab] [!ab]"


def is_pattern(text: str, most: int) -> bool:
    """Whether it is a pattern of at most `most` characters; a bracket left open matches no id."""
    return len(text) <= most and _PATTERN.fullmatch(text) is not None
