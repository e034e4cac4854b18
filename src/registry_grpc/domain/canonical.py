"""One digest for one content: what decisions are bound to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum

from registry_grpc.domain.digest import Digest


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
        return {name: _plain(content) for name, content, item in stated if content != _usual(item)}
    message = f"no canonical form of a {type(value).__name__}"
    raise TypeError(message)


def _usual(item: "Field[object]") -> object:
    return item.default_factory() if item.default_factory is not MISSING else item.default
