"""What people type, made into values; what cannot be is a usage error that says how it is done."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import typer

from modelregistry import names
from modelregistry.types import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Signature,
    SliceMetric,
    TensorSpec,
)

Value = TypeVar("Value")

_AGO: Final = re.compile(r"([1-9][0-9]{0,5})(m|h|d|w)")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PINNED: Final = re.compile(r"(.+)@([A-Za-z0-9_+.-]+:[A-Za-z0-9_+=.-]{8,})")
"""A place and a digest. What is shorter than a digest is a port: `user@host:5432`."""

_ROLES: Final = {role.name.lower(): role for role in DatasetRole}


def wrong(where: str, problem: str) -> typer.BadParameter:
    """Return the usage error for an option or argument."""
    return typer.BadParameter(problem, param_hint=where)


def pairs(where: str, given: Iterable[str]) -> dict[str, str]:
    """Return `k=v …` as a mapping; a key given twice is an error."""
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise wrong(where, f"{text!r} is not KEY=VALUE")
        if key in found:
            raise wrong(where, f"{key!r} is given twice")
        found[key] = value
    return found


def numbers(where: str, given: Iterable[str]) -> dict[str, float]:
    """Return `k=number …` as a mapping; the numbers are finite."""
    return {key: _number(where, key, text) for key, text in pairs(where, given).items()}


def _number(where: str, key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise wrong(where, f"{key}={text}: a metric is a finite number")
    return value


def label_changes(given: Sequence[str], where: str = "LABELS") -> dict[str, str | None]:
    """Return `k=v` to set and `k-` to remove (None) as one mapping."""
    removed = {text[:-1]: None for text in given if text.endswith("-") and "=" not in text}
    if "" in removed:
        raise wrong(where, "'-' is not KEY=VALUE or KEY-")
    kept = pairs(where, (text for text in given if "=" in text or not text.endswith("-")))
    for key in kept:
        if key in removed:
            raise wrong(where, f"{key!r} is both set and removed")
    return {**kept, **removed}


def dataset_input(text: str) -> DatasetInput:
    """Return `ROLE=URI` or `ROLE=URI@ALGORITHM:VALUE` as an input."""
    role, equals, place = text.partition("=")
    if not equals or role not in _ROLES or not place:
        problem = f"{text!r} is not ROLE=URI or ROLE=URI@DIGEST; roles: {', '.join(_ROLES)}"
        raise wrong("--input", problem)
    pinned = _PINNED.fullmatch(place)
    uri, digest = (pinned[1], pinned[2]) if pinned else (place, "")
    return DatasetInput(uri=uri, digest=digest, role=_ROLES[role])


def moment(where: str, text: str, now: datetime) -> datetime:
    """Return a time given as RFC 3339, or as an age such as `30m`, `12h`, `7d`, `2w`."""
    age = _AGO.fullmatch(text)
    if age:
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        problem = f"{text!r} is neither a time such as 2026-05-03T12:00:00Z nor an age such as 7d"
        raise wrong(where, problem) from error
    if found.tzinfo is None:
        raise wrong(where, f"{text!r} lacks a time zone: add Z or an offset such as +02:00")
    return found.astimezone(UTC)


def version_of(model: str, text: str) -> int | str:
    """Return which version of a model is meant: a number, or a reference as it stands.

    `@NAME` is short for `MODEL@NAME`.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    return f"{names.short_ref(model) or model}{text}" if text.startswith("@") else text


def slices_file(path: Path) -> tuple[SliceMetric, ...]:
    """Return the slices in a JSON file: an array of objects with the fields of SliceMetric."""
    return tuple(_each("--slices", _json("--slices", path), _slice))


def signature_file(path: Path) -> Signature:
    """Return the signature in a JSON file: `inputs` and `outputs`, arrays of TensorSpec."""
    found = _json("--signature", path)
    if not isinstance(found, dict) or set(found) - {"inputs", "outputs"}:
        raise wrong("--signature", f"{path}: must be an object with inputs and outputs")
    sides = {side: tuple(_each("--signature", found[side], _tensor)) for side in found}
    return Signature(**sides)


def _json(where: str, path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise wrong(where, f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise wrong(where, f"{path} is not JSON: {error}") from error


def _each(
    where: str, found: object, make: Callable[[Mapping[str, object]], Value]
) -> Iterable[Value]:
    if not isinstance(found, list):
        raise wrong(where, "must be an array")
    for index, item in enumerate(found):
        if not isinstance(item, dict):
            raise wrong(where, f"[{index}] must be an object")
        try:
            yield make(item)
        except (TypeError, ValueError) as error:
            raise wrong(where, f"[{index}]: {error}") from error


def _fields(item: Mapping[str, object], **kinds: type | tuple[type, ...]) -> Mapping[str, object]:
    unknown = sorted(set(item) - set(kinds))
    if unknown:
        message = f"unknown field {', '.join(unknown)}; known are {', '.join(kinds)}"
        raise ValueError(message)
    for key, value in item.items():
        if isinstance(value, bool) or not isinstance(value, kinds[key]):
            message = f"{key}: {value!r} is not allowed"
            raise ValueError(message)
    return item
