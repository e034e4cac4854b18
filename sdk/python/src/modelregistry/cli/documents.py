"""The JSON output of `--json`.

The shape is stable: the fields of the dataclasses in `modelregistry.types` under their own names,
times in RFC 3339 (UTC, ending in `Z`), durations in seconds, enumerations by their lower-case names
(a number that this release does not know stays a number), None as null, all fields always present.
Lists are arrays.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def document(value: object) -> Json:
    """Return the JSON form of a value of the SDK, or of a container of such values.

    Raises TypeError for a type without a JSON form.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [document(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> Json:
    match value:
        case IntEnum():
            return value.name.lower()
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case Path():
            return str(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)


def encode_line(value: object) -> str:
    """Return the JSON text of a value on one line, in ASCII."""
    return json.dumps(document(value))


def encode(value: object) -> str:
    """Return the JSON text of a value, indented, in ASCII for any pipe."""
    return json.dumps(document(value), indent=2)
