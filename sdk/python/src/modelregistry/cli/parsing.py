"""Parsing of option values; an invalid one is a usage error that shows the format."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import typer

from modelregistry._convert.values import number_of
from modelregistry.types import DatasetInput, DatasetRole

_AGO: Final = re.compile(r"([1-9][0-9]{0,5})(m|h|d|w)")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,400}", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PINNED: Final = re.compile(r"(.+)@([A-Za-z0-9_+.-]+:[A-Za-z0-9_+=.-]{8,})")
"""A URI and a digest. A value shorter than a digest is a port: `user@host:5432`."""

_SIZE: Final = re.compile(r"([0-9]{1,19})(?: ?([KMGTPE])(i?)B| ?B)?")
_POWERS: Final = "KMGTPE"
_MOST_BYTES: Final = 2**63 - 1

_POSITION: Final = re.compile(r"(?:([0-9a-f]{16}):)?([1-9][0-9]{0,17})")
_EXAMPLE: Final = "5c0ffee15bad51de:17"

_Value = TypeVar("_Value")
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
        value = number_of(int(text) if _INTEGER.fullmatch(text) else float(text))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise wrong(where, f"{key}={text}: a metric is a finite number that a double holds")
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


def data_place(text: str) -> tuple[str, str]:
    """Return URI and digest of `URI`, `ALGORITHM:VALUE` or both as `URI@ALGORITHM:VALUE`.

    A part that is not given is empty. A digest has no `/` before its value.
    """
    if pinned := _PINNED.fullmatch(text):
        return pinned[1], pinned[2]
    return ("", text) if ":" in text and "/" not in text else (text, "")


def dataset_input(text: str) -> DatasetInput:
    """Return `ROLE=URI` or `ROLE=URI@ALGORITHM:VALUE` as an input."""
    role, equals, place = text.partition("=")
    if not equals or role not in _ROLES or not place:
        problem = f"{text!r} is not ROLE=URI or ROLE=URI@DIGEST; roles: {', '.join(_ROLES)}"
        raise wrong("--input", problem)
    pinned = _PINNED.fullmatch(place)
    uri, digest = (pinned[1], pinned[2]) if pinned else (place, "")
    return DatasetInput(uri=uri, digest=digest, role=_ROLES[role])


def role(name: str) -> DatasetRole:
    """Return the role of a dataset; raise ValueError for an unknown one."""
    if name not in _ROLES:
        message = f"unknown role {name!r}; roles: {', '.join(_ROLES)}"
        raise ValueError(message)
    return _ROLES[name]


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


def local_moment(where: str, text: str, now: datetime) -> datetime:
    """Return a time as `moment`, or without a zone in local time; a date is the end of its day.

    The end of today is now: the day is not over.
    """
    try:
        date, whole = datetime.fromisoformat(text), _DATE.fullmatch(text) is not None
    except ValueError:
        return moment(where, text, now)
    if date.tzinfo is not None:
        return moment(where, text, now)
    try:
        if not whole:
            return date.astimezone(UTC)
        end = (date + timedelta(days=1)).astimezone(UTC) - timedelta(microseconds=1)
    except (OverflowError, OSError, ValueError) as error:
        raise wrong(where, f"{text!r} is too early or too late") from error
    return now if date.date() == now.astimezone().date() else end


def byte_count(where: str, text: str) -> int:
    """Return a size such as `500GiB`, `1TB` or `1048576`, in bytes; at least 1."""
    found = _SIZE.fullmatch(text.strip())
    base = 1024 if found and found[3] else 1000
    power = _POWERS.index(found[2]) + 1 if found and found[2] else 0
    count = int(found[1]) * base**power if found else 0
    if not 0 < count <= _MOST_BYTES:
        raise wrong(where, f"{text!r} is not a size such as 500GiB, 1TB or a number of bytes")
    return count


def version_of(text: str) -> int | str:
    """Return a version number or a reference."""
    return int(text) if text.isascii() and text.isdigit() else text


def position(where: str, text: str) -> tuple[str, int]:
    """Return the history (empty when none is given) and revision of `HISTORY:REVISION`."""
    found = _POSITION.fullmatch(text)
    if found is None:
        problem = f"{text!r} is not a revision such as 17, or with its history {_EXAMPLE}"
        raise wrong(where, problem)
    return found[1] or "", int(found[2])


def chosen(option: str, values: Mapping[str, _Value], text: str) -> _Value:
    """Return the value of a word; a usage error names all words."""
    found = values.get(text)
    if found is None:
        raise wrong(option, f"{text!r} is not one of {', '.join(values)}")
    return found
