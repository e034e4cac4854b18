"""Patterns of paths: `*` is any text, also with `/`, `?` one character, `[ab]` one of these."""

import re
from fnmatch import translate

from registry_grpc.domain.work import Work

_UNITS_OF_A_PATH = 0.4
# Where a pattern cannot match, each place of a path is compared with a part of the pattern.
_COMPARED_PER_UNIT = 200


class PathPattern:
    """A pattern, compiled. What matching takes counts as work."""

    def __init__(self, text: str) -> None:
        self._matches = re.compile(translate(text)).match
        self._per_character = max(map(len, text.split("*"))) / _COMPARED_PER_UNIT

    def matches(self, path: str, work: Work) -> bool:
        """Whether the whole path matches."""
        work.take(_UNITS_OF_A_PATH + len(path) * self._per_character)
        return self._matches(path) is not None
