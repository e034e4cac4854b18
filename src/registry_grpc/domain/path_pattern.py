"""Patterns of paths: `*` is any text, also with `/`, `?` one character, `[ab]` one of these."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from itertools import islice

from registry_grpc.domain.work import Work

_AT_ONCE = 500
_UNITS_OF_A_PATH = 0.25
# Where a pattern cannot match, each place of a path is compared with a part of the pattern.
_COMPARED_PER_UNIT = 200


class PathPattern:
    """A pattern, compiled. What matching takes counts as work."""

    def __init__(self, text: str) -> None:
        self._matches = re.compile(translate(text)).match
        self._per_character = max(map(len, text.split("*"))) / _COMPARED_PER_UNIT

    def among(self, paths: Iterable[str], work: Work) -> Iterator[str]:
        """Yield the paths that match as a whole; no more of them are looked at than are taken."""
        rest = iter(paths)
        while part := list(islice(rest, _AT_ONCE)):
            characters = sum(map(len, part))
            work.take(_UNITS_OF_A_PATH * len(part) + self._per_character * characters)
            yield from filter(self._matches, part)
