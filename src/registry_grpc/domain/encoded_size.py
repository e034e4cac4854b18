"""How large a value can become when it is encoded, told without encoding it.

Replies are bounded before they are built: so a record is measured when it is registered, and a
page of the log while it is read.
"""

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import cast

# Tag and length of a text or of a nested message.
_FRAME = 6
_NUMBER = 10
_NEGATIVE = 12


def most_encoded(value: object) -> int:
    """Return an upper bound of the encoded bytes of what the domain or JSON holds.

    It is close: some bytes too many for each text and number.
    """
    if isinstance(value, str):
        return _FRAME + (len(value) if value.isascii() else len(value.encode()))
    if value is None or isinstance(value, (bool, int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        return sum(_FRAME + most_encoded(key) + most_encoded(item) for key, item in value.items())
    if isinstance(value, (tuple, list)):
        return sum(_FRAME + most_encoded(item) for item in value)
    parts = _parts(cast("Hashable", type(value)))
    if parts is None:
        return _FRAME + len(str(value))
    return _FRAME + sum(most_encoded(getattr(value, name)) for name in parts)


def _number(value: float | None) -> int:
    if value is None:
        return 0
    if isinstance(value, int):
        return _NEGATIVE if value < 0 else 4 + value.bit_length() // 7
    return _NUMBER


@cache
def _parts(kind: Hashable) -> tuple[str, ...] | None:
    """Return the fields that a type is encoded by; None when it is encoded as its text."""
    if not isinstance(kind, type) or not is_dataclass(kind):
        return None
    if kind.__str__ is not object.__str__:
        return None
    return tuple(field.name for field in fields(kind))
