"""Patterns of ids: `*` is any text, `?` one character, `[ab]` one of these, `[!ab]` another.

Patterns match as ids are equal: without case, and in all compatibility forms (`folded`). So a
rule for `fraud*` cannot be avoided with the id `Fraud-2`.
"""

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from registry_grpc.domain.id_text import folded, is_nfc, is_word
from registry_grpc.domain.work import current_work

_WILD = re.compile(r"[*?]|\[!?([^\[\]!][^\[\]]*)\]")
_SIGNS = " ._-+()"
# A pattern may be tried at every character of the text: measured 470 steps a microsecond.
_STEPS_OF_A_UNIT = 470
MEANING = "letters and digits of any script, spaces, . _ - + ( ) and * ? [ab] [!ab]"


def is_pattern(text: str, most: int) -> bool:
    """Whether it is a pattern of at most `most` bytes; a bracket left open matches no id."""
    if not 0 < len(text) <= most:
        return False
    # Without the wildcards the rest is text of ids; so are the characters in brackets.
    plain = _WILD.sub(lambda found: found[1] or "x", text)
    return is_word(plain, _SIGNS, "N") and is_nfc(text) and len(text.encode()) <= most


def matches(pattern: str, text: str) -> bool:
    """Whether an id matches a pattern; counts as work of the call."""
    return matches_exactly(_key(pattern), folded(text))


def matches_exactly(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern with the same case; counts as work of the call."""
    current_work().take(len(pattern) * len(text) / _STEPS_OF_A_UNIT)
    return fnmatchcase(text, pattern)


@lru_cache(maxsize=1_024)
def _key(pattern: str) -> str:
    return folded(pattern)
