"""Keywords that check a single value: each returns the violation, or ''."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from registry_grpc.domain.work import Work
from registry_grpc.engines.json_schema.equality import equal, frozen
from registry_grpc.engines.json_schema.shown import shown

Assertion = Callable[[Any, Any, Work], str]
"""Called with the keyword's value and the instance."""

_LARGEST_EXACT = 2**1_000
_FORMAT_CHARACTERS = 100
_ENTRIES_PER_UNIT = 10
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Dots only between other characters.
_LOCAL = re.compile(r"""[^\s@.,:;<>()\[\]"\\]+(\.[^\s@.,:;<>()\[\]"\\]+)*""")


def is_number(value: object) -> bool:
    """Return whether it is a JSON number; booleans are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: is_number(value) and (isinstance(value, int) or value.is_integer()),
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _type(types: str | Sequence[str], instance: object, _: Work) -> str:
    names = [types] if isinstance(types, str) else types
    if any(_TYPES[name](instance) for name in names):
        return ""
    return f"{shown(instance)} is not of type {', '.join(map(repr, names))}"


def _enum(values: Sequence[object], instance: object, work: Work) -> str:
    if any(equal(value, instance, work) for value in values):
        return ""
    return f"{shown(instance)} is not one of {shown(values)}"


def _const(value: object, instance: object, work: Work) -> str:
    return "" if equal(value, instance, work) else f"{shown(value)} was expected"


def _maximum(limit: float, instance: Any, _: Work) -> str:  # noqa: ANN401 - JSON
    if not is_number(instance) or not instance > limit:
        return ""
    return f"{shown(instance)} is greater than the maximum of {shown(limit)}"


def _minimum(limit: float, instance: Any, _: Work) -> str:  # noqa: ANN401 - JSON
    if not is_number(instance) or not instance < limit:
        return ""
    return f"{shown(instance)} is less than the minimum of {shown(limit)}"


def _exclusive_maximum(limit: float, instance: Any, _: Work) -> str:  # noqa: ANN401 - JSON
    if not is_number(instance) or not instance >= limit:
        return ""
    return f"{shown(instance)} is greater than or equal to the maximum of {shown(limit)}"


def _exclusive_minimum(limit: float, instance: Any, _: Work) -> str:  # noqa: ANN401 - JSON
    if not is_number(instance) or not instance <= limit:
        return ""
    return f"{shown(instance)} is less than or equal to the minimum of {shown(limit)}"


def _multiple_of(divisor: float, instance: Any, work: Work) -> str:  # noqa: ANN401 - JSON
    if not is_number(instance) or _is_multiple(instance, divisor, work):
        return ""
    return f"{shown(instance)} is not a multiple of {shown(divisor)}"


def _is_multiple(number: Any, divisor: Any, work: Work) -> bool:  # noqa: ANN401 - JSON
    if isinstance(number, float) and not math.isfinite(number):
        return False
    if isinstance(number, int) and isinstance(divisor, int):
        return bool(number % divisor == 0)
    if max(abs(number), divisor) < _LARGEST_EXACT and math.isfinite(quotient := number / divisor):
        return bool(quotient.is_integer())
    work.take(20)
    return (Fraction(number) / Fraction(divisor)).denominator == 1


def _max_length(limit: float, instance: object, _: Work) -> str:
    if not isinstance(instance, str) or len(instance) <= limit:
        return ""
    return f"{shown(instance)} {'is expected to be empty' if limit == 0 else 'is too long'}"


def _min_length(limit: float, instance: object, _: Work) -> str:
    if not isinstance(instance, str) or len(instance) >= limit:
        return ""
    return f"{shown(instance)} {'should be non-empty' if limit == 1 else 'is too short'}"


def _max_items(limit: float, instance: object, _: Work) -> str:
    if not isinstance(instance, list) or len(instance) <= limit:
        return ""
    return f"{shown(instance)} {'is expected to be empty' if limit == 0 else 'is too long'}"


def _min_items(limit: float, instance: object, _: Work) -> str:
    if not isinstance(instance, list) or len(instance) >= limit:
        return ""
    return f"{shown(instance)} {'should be non-empty' if limit == 1 else 'is too short'}"


def _max_properties(limit: float, instance: object, _: Work) -> str:
    if not isinstance(instance, dict) or len(instance) <= limit:
        return ""
    what = "is expected to be empty" if limit == 0 else "has too many properties"
    return f"{shown(instance)} {what}"


def _min_properties(limit: float, instance: object, _: Work) -> str:
    if not isinstance(instance, dict) or len(instance) >= limit:
        return ""
    what = "should be non-empty" if limit == 1 else "does not have enough properties"
    return f"{shown(instance)} {what}"


def _unique_items(wanted: object, instance: object, work: Work) -> str:
    if wanted is not True or not isinstance(instance, list):
        return ""
    seen: set[object] = set()
    for item in instance:
        seen.add(frozen(item, work))
    return "" if len(seen) == len(instance) else f"{shown(instance)} has items that are equal"


def _format(name: str, instance: object, work: Work) -> str:
    if not isinstance(instance, str) or name not in _FORMATS:
        return ""
    work.take(len(instance) / _FORMAT_CHARACTERS)
    try:
        ok = _FORMATS[name](instance)
    except ValueError:
        ok = False
    return "" if ok else f"{shown(instance)} is not a {name!r}"


def _is_date(text: str) -> bool:
    # Python also accepts week dates, 2026-W01-1.
    return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))


def _is_email(text: str) -> bool:
    """Return whether it looks like local@domain; quoted and bracketed parts are not checked."""
    local, at, domain = text.rpartition("@")
    quoted = local.startswith('"') and local.endswith('"') and len(local) > len('""')
    return bool(at and domain and (quoted or _LOCAL.fullmatch(local)) and " " not in domain)


_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": _is_date,
    "email": _is_email,
    "ipv4": lambda text: bool(ipaddress.IPv4Address(text).packed),
    "ipv6": lambda text: not ipaddress.IPv6Address(text).scope_id,
    "uuid": lambda text: bool(_UUID.fullmatch(text)),
}
ASSERTIONS: Mapping[str, Assertion] = {
    "const": _const,
    "enum": _enum,
    "exclusiveMaximum": _exclusive_maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "format": _format,
    "maxItems": _max_items,
    "maxLength": _max_length,
    "maxProperties": _max_properties,
    "maximum": _maximum,
    "minItems": _min_items,
    "minLength": _min_length,
    "minProperties": _min_properties,
    "minimum": _minimum,
    "multipleOf": _multiple_of,
    "type": _type,
    "uniqueItems": _unique_items,
}
