"""The meaning of filters, written a second time: one version at a time, in plain Python.

A number is read by the JSON parser, a wildcard by a regular expression, and orders by comparing.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from registry_grpc.domain.facts import Source, VersionDetail
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
    detail = version.detail or VersionDetail()
    source = detail.source or Source()
    named: Mapping[str, object] = {
        "model": version.name.model,
        "number": version.name.number,
        "size_bytes": version.size,
        "root_digest": str(version.root_digest),
        "params": detail.params,
        "annotations": version.annotations.pairs,
        "source.uri": source.uri,
        "run_id": source.run_id,
        "by_reference": int(version.file_count == 0),
    }
    return named[field] if field in named else getattr(version, field)


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
    if sign in {"like", "ilike"}:
        return _like(str(actual), str(value), ignore_case=sign == "ilike")
    if isinstance(value, Wildcard):
        pattern = ".*".join(map(re.escape, value.parts))
        return (re.fullmatch(pattern, str(actual), re.DOTALL) is not None) == (sign == "=")
    if sign == ":":
        return _lowered(str(value)) in _lowered(str(actual))
    if isinstance(value, str):
        return _SIGNS[sign](str(actual).encode(), value.encode())
    return _SIGNS[sign](actual, value)


def _like(text: str, pattern: str, *, ignore_case: bool) -> bool:
    if ignore_case:
        text, pattern = _lowered(text), _lowered(pattern)
    expression, characters = "", iter(pattern)
    for character in characters:
        if character == "\\":
            expression += re.escape(next(characters))
        else:
            expression += {"%": ".*", "_": "."}.get(character, re.escape(character))
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _lowered(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)
