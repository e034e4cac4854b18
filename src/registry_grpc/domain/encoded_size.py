"""Upper bounds of the encoded size of values, computed without encoding them.

The size of replies is checked before they are built: of a record when it is registered, of a page
of the log while it is read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, get_type_hints
from uuid import UUID

# Tag and length of a text or of a nested message.
_FRAME = 6
_NUMBER = 10
_NEGATIVE = 12
# Of the same size whatever they are: a moment as a message or a text, and the text of a UUID.
_FIXED: Mapping[object, int] = {datetime: 40, UUID: 42}


def most_encoded(value: object) -> int:
    """Return an upper bound of the encoded bytes of what the domain or JSON holds.

    It is close: some bytes too many for each text and number.
    """
    return _MEASURES[type(value)](value)


def _text(value: str) -> int:
    return _FRAME + (len(value) if value.isascii() else len(value.encode()))


def _shown(value: object) -> int:
    return _FRAME + len(str(value))


def _integer(value: int) -> int:
    return _NEGATIVE if value < 0 else 4 + value.bit_length() // 7


def _mapping(value: Mapping[object, object]) -> int:
    size = 0
    for key, item in value.items():
        size += _FRAME + _MEASURES[type(key)](key) + _MEASURES[type(item)](item)
    return size


def _sequence(value: Sequence[object]) -> int:
    return _FRAME * len(value) + sum(map(most_encoded, value))


def _record(kind: type, names: Sequence[str]) -> Callable[[object], int]:
    hints = get_type_hints(kind)
    fixed = sum(_FIXED.get(hints[name], 0) for name in names)
    # A field of its own, or attrgetter would not return a tuple.
    parts = attrgetter("__class__", *(name for name in names if hints[name] not in _FIXED))

    def measure(value: object) -> int:
        size = _FRAME + fixed
        for part in parts(value)[1:]:
            size += _MEASURES[type(part)](part)
        return size

    return measure


class _Measures(dict[type, Callable[[Any], int]]):
    """How to measure values of a type; found once for each, as records have thousands of them."""

    def __missing__(self, kind: type) -> Callable[[Any], int]:
        self[kind] = measure = _measure_of(kind)
        return measure


_MEASURES = _Measures()
_KINDS: Sequence[tuple[tuple[type, ...], Callable[[Any], int]]] = (
    ((str,), _text),
    ((int,), _integer),
    ((float,), lambda _: _NUMBER),
    ((type(None),), lambda _: 0),
    ((datetime,), lambda _: _FIXED[datetime]),
    ((UUID,), lambda _: _FIXED[UUID]),
    ((Mapping,), _mapping),
    ((tuple, list), _sequence),
)


def _measure_of(kind: type) -> Callable[[Any], int]:
    for kinds, measure in _KINDS:
        if issubclass(kind, kinds):
            return measure
    # Values with a text form are encoded as that text.
    if not is_dataclass(kind) or kind.__str__ is not object.__str__:
        return _shown
    return _record(kind, [field.name for field in fields(kind)])
