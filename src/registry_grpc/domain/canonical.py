"""One form and one digest for one content: what decisions are bound to, and what the log proves."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from math import isfinite

from registry_grpc.domain.digest import Digest

_LARGEST_EXACT = 2**53
_LONGEST_PLAIN = 21
_MOST_LEADING_ZEROS = 6
_quoted = json.encoder.encode_basestring


def canonical_json(document: object) -> bytes:
    """Return what JSON can hold as canonical JSON (RFC 8785), in UTF-8.

    Equal documents have equal bytes in every language. Raises ValueError for what has no such form:
    NaN, infinities, integers beyond 2^53 and lone surrogates; TypeError for what JSON cannot hold.
    """
    return canonical_text(document).encode()


def canonical_text(value: object) -> str:
    """Return the text of `canonical_json`, in which lone surrogates are not found yet."""
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, dict):
        keys = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_utf_16)
        return f"{{{','.join([f'{_quoted(key)}:{canonical_text(value[key])}' for key in keys])}}}"
    if isinstance(value, list):
        return f"[{','.join(map(canonical_text, value))}]"
    message = f"JSON cannot hold a {type(value).__name__}"
    raise TypeError(message)


def _utf_16(key: str) -> bytes:
    # The standard orders keys by their UTF-16 code units.
    return key.encode("utf-16-be")


def _number(value: float) -> str:
    """Return a number as ECMAScript writes it: the shortest digits that read back as it."""
    if isinstance(value, int):
        if abs(value) > _LARGEST_EXACT:
            message = f"no double is exactly {value}"
            raise ValueError(message)
        return str(value)
    if not isfinite(value):
        message = f"JSON cannot hold {value}"
        raise ValueError(message)
    if not value:
        return "0"
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0")  # from 1e-4 to below 1e16 both write the same
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    shortest, point = "".join(map(str, digits)), len(digits) + int(exponent)
    return ("-" if sign else "") + _pointed(shortest, point)


def _pointed(digits: str, point: int) -> str:
    """Return 0.`digits` times ten to the power of `point`."""
    if len(digits) <= point <= _LONGEST_PLAIN:
        return digits.ljust(point, "0")
    if 0 < point <= _LONGEST_PLAIN:
        return f"{digits[:point]}.{digits[point:]}"
    if -_MOST_LEADING_ZEROS < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def content_digest(content: object) -> Digest:
    """Return the SHA-256 of dataclasses, mappings, sequences, texts and numbers as canonical JSON.

    Keys are sorted, nothing is indented, text is UTF-8, a number is the shortest decimal that reads
    back as it, a duration is in microseconds. Fields of dataclasses that have their default are
    left out: a later field changes no digest. Raises ValueError for NaN and infinities.
    """
    text = json.dumps(
        _plain(content),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def _plain(value: object) -> object:
    if value is None or type(value) in {str, int, float, bool}:
        return value
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, (StrEnum, Digest)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        stated = ((item.name, getattr(value, item.name), item) for item in fields(value))
        return {name: _plain(part) for name, part, item in stated if part != default_of(item)}
    message = f"no canonical form of a {type(value).__name__}"
    raise TypeError(message)


def default_of(item: "Field[object]") -> object:
    """Return the default of a field of a dataclass; what equals nothing if it has none."""
    return item.default_factory() if item.default_factory is not MISSING else item.default
