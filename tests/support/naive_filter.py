"""The meaning of filters, written a second time: one version at a time, in plain Python.

A number is read by the JSON parser, a wildcard by a regular expression, and orders by comparing.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from registry_grpc.domain.filter import And, Comparison, Node, Not, Or
from registry_grpc.domain.filter_value import Wildcard
from registry_grpc.domain.version import Version

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LARGEST_EXPONENT = 9_999


def chosen(node: Node, version: Version) -> bool:
    """Whether a version passes a filter."""
    match node:
        case And(items):
            return all(chosen(item, version) for item in items)
        case Or(items):
            return any(chosen(item, version) for item in items)
        case Not(item):
            return not chosen(item, version)
        case Comparison():
            return _holds(node, version)


def _holds(one: Comparison, version: Version) -> bool:
    actual = value_of(version, one.field)
    if not isinstance(actual, Mapping):
        return _compares(actual, one.operator, one.value)
    if one.key is None:
        return one.value in actual
    return one.key in actual and _compares(actual[one.key], one.operator, one.value)


def value_of(version: Version, field: str) -> object:
    """Return the value of a field of filters and orders."""
    match field:
        case "model":
            return version.name.model
        case "number":
            return version.name.number
        case "size_bytes":
            return version.size
        case "root_digest":
            return str(version.root_digest)
        case "params":
            return version.detail.params if version.detail else {}
        case _:
            return getattr(version, field)


def number_in(text: str) -> Decimal | None:
    """Return the number that a text is for filters."""
    try:
        found = json.loads(text, parse_float=_within, parse_int=_within, parse_constant=_none)
    except ValueError:
        return None
    return found if isinstance(found, Decimal) and text == text.strip() else None


def _within(text: str) -> Decimal | None:
    exponent = text.lower().partition("e")[2] or "0"
    return Decimal(text) if abs(int(exponent)) <= _LARGEST_EXPONENT else None


def _none(_: str) -> None:
    return None


def _compares(actual: object, sign: str, value: object) -> bool:
    if isinstance(value, Decimal):
        number = number_in(str(actual))
        return number is not None and _SIGNS[sign](number, value)
    if isinstance(value, Wildcard):
        pattern = ".*".join(map(re.escape, value.parts))
        return (re.fullmatch(pattern, str(actual), re.DOTALL) is not None) == (sign == "=")
    if sign == ":":
        return _lowered(str(value)) in _lowered(str(actual))
    if isinstance(value, str):
        return _SIGNS[sign](str(actual).encode(), value.encode())
    return _SIGNS[sign](actual, value)


def _lowered(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)
