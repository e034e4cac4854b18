"""Read JSON that callers wrote: finite numbers, bounded nesting, no name twice."""

import json
import math
from collections.abc import Iterable
from typing import Final, NoReturn

from registry_grpc.domain.work import Work

MAX_DEPTH: Final = 64
_CHARACTERS_PER_UNIT = 20


def read(text: str, work: Work) -> object:
    """Return the JSON in a text; raise ValueError for what is not, or has a name twice."""
    work.take(len(text) / _CHARACTERS_PER_UNIT)
    try:
        found: object = json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
            parse_float=finite,
        )
    except RecursionError:
        raise _too_deep() from None
    if levels(found) > MAX_DEPTH:
        raise _too_deep()
    return found


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                message = f"{name[:80]!r} is there twice in one object"
                raise ValueError(message)
            seen.add(name)
    return found


def finite(text: str) -> float:
    """Return a number; raise ValueError for one beyond those of a double."""
    value = float(text)
    if math.isinf(value):
        message = f"the number {text[:80]} is too large"
        raise ValueError(message)
    return value


def _refuse_constant(text: str) -> NoReturn:
    message = f"{text} is not a number of JSON"
    raise ValueError(message)


def _too_deep() -> ValueError:
    return ValueError(f"more than {MAX_DEPTH} levels of lists and objects")


def levels(value: object) -> int:
    """Return how many levels of lists and objects there are, counted to just beyond the limit."""
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        level = [part for item in level for part in _parts(item)]
        depth += 1
    return depth


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
