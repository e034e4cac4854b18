"""The values in filters: read by the type of the field that they are compared with."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from enum import Enum, auto

from registry_grpc.domain.digest import PREFIX
from registry_grpc.domain.number_text import number_of
from registry_grpc.domain.version import VersionState


class FieldType(Enum):
    """The type of a field's values; maps are addressed by `field.key`."""

    TEXT = auto()
    STAGE = auto()
    STATE = auto()
    DIGEST = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    TIME = auto()
    TEXT_MAP = auto()
    NUMBER_MAP = auto()


Schema = Mapping[str, FieldType]
MAPS = frozenset({FieldType.TEXT_MAP, FieldType.NUMBER_MAP})
_EQUALITY = frozenset({"=", "!="})
_UNORDERED = frozenset({FieldType.STAGE, FieldType.STATE, FieldType.DIGEST, FieldType.BOOLEAN})
MAX_PATTERN = 256
"""Characters of a pattern of `like`: a database compares it at every place of a text."""
_MOST_STARS = 2
# More than 1.5 is more than 1; at least 1.5 is at least 2.
_ROUNDING = {">": ROUND_FLOOR, "<=": ROUND_FLOOR, "<": ROUND_CEILING, ">=": ROUND_CEILING}
_STATES = tuple(state.value for state in VersionState)
_DIGEST_PART = re.compile(r"(?:s?h?a?2?5?6?:)?[0-9a-f]{0,64}")
_INTEGER = re.compile(r"-?[0-9]+")
_HEX = re.compile(r"[0-9a-f]{0,64}")
_LIKE = re.compile(r"(?:\\.|[^\\])*", re.DOTALL)
_DIGEST = re.compile(PREFIX + r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wildcard:
    """The texts that consist of these two or three parts, in this order, and any text between."""

    parts: tuple[str, ...]


Value = str | int | float | Decimal | datetime | Wildcard
"""int: of INTEGER, and 0 or 1 of BOOLEAN. float: of NUMBER_MAP.

Decimal: an unquoted number that texts compare with.
"""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter. position: of its first character, from 0."""

    kind: str
    text: str
    position: int


def typed(kind: FieldType, field: str, operator: str, token: Token) -> Value:
    """Return the value of a comparison; raise ValueError for one that the field cannot have."""
    if kind in _UNORDERED and operator not in _EQUALITY | {":"}:
        message = f"{field} has no order: use =, != or :"
        raise ValueError(message)
    if kind in _READERS:
        return _READERS[kind](field, operator, token)
    if kind is FieldType.STATE and not is_known(operator, unquoted(token), _STATES):
        raise ValueError(unknown_value(field, unquoted(token), _STATES))
    if kind in {FieldType.STATE, FieldType.STAGE}:
        return unquoted(token)
    value = (_wildcard(token) if operator in _EQUALITY else None) or unquoted(token)
    if kind is FieldType.DIGEST:
        _require_digest(field, operator, value)
    elif operator != ":" and token.kind == "number":
        number = number_of(token.text)
        return value if number is None else number
    return value


def like_pattern(text: str) -> str:
    """Return a pattern of SQL; raise ValueError for one that is too long or ends in its escape."""
    if len(text) > MAX_PATTERN:
        message = f"a pattern has at most {MAX_PATTERN} characters"
        raise ValueError(message)
    if _LIKE.fullmatch(text) is None:
        message = "a pattern does not end in a single backslash: it makes the next character plain"
        raise ValueError(message)
    return text


def is_known(operator: str, text: str, known: Collection[str]) -> bool:
    """Whether one of the values is `text`, or with `:` contains it."""
    if operator == ":":
        return any(text.lower() in one.lower() for one in known)
    return text in known


def unknown_value(field: str, text: str, known: Collection[str]) -> str:
    """Return the sentence about a value that a field cannot have."""
    return f"there is no {field} {text[:80]!r}; there are {', '.join(known)}"


def unquoted(token: Token) -> str:
    """Return the text of a token."""
    if token.kind != "string":
        return token.text
    return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)


def _wildcard(token: Token) -> Wildcard | None:
    r"""Return the wildcard, None for a text without `*`; in quotes `\*` is the character itself."""
    quoted = token.kind == "string"
    inner = token.text[1:-1] if quoted else token.text
    parts = [""]
    for escaped, plain in re.findall(r"\\(.)|([^\\])", inner, flags=re.DOTALL):
        if plain == "*":
            parts.append("")
        else:
            parts[-1] += escaped or plain
    if len(parts) == 1:
        return None
    if len(parts) > _MOST_STARS + 1:
        message = f"a value has at most {_MOST_STARS} of the wildcard *"
        raise ValueError(message)
    return Wildcard(tuple(parts))


def _boolean(field: str, _operator: str, token: Token) -> int:
    if (token.kind, token.text) not in {("word", "true"), ("word", "false")}:
        message = f"{field} is compared with true or false"
        raise ValueError(message)
    return int(token.text == "true")


def _integer(field: str, operator: str, token: Token) -> int:
    _double(field, operator, token)
    try:
        exact = Decimal(token.text)
        whole = exact.to_integral_value(_ROUNDING.get(operator))
    except InvalidOperation:  # an exponent beyond those of Decimal
        exact, whole = Decimal("NaN"), Decimal(0)
    if whole == exact or operator in _ROUNDING:
        return int(whole)
    message = f"{field} is a whole number, never {token.text[:80]}"
    raise ValueError(message)


def _double(field: str, _operator: str, token: Token) -> float:
    try:
        value = float(token.text)
    except ValueError:
        value = math.nan
    if token.kind != "number" or not math.isfinite(value):
        message = f"{field} is compared with a number, not {token.text[:80]}"
        raise ValueError(message)
    return value


def _metric(field: str, operator: str, token: Token) -> float:
    value = _double(field, operator, token)
    if _INTEGER.fullmatch(token.text) and int(token.text) != value:
        message = f"{field}: a double cannot hold {token.text[:80]}; the nearest is {value:.0f}"
        raise ValueError(message)
    return value


def _time(field: str, _operator: str, token: Token) -> datetime:
    try:
        value = datetime.fromisoformat(unquoted(token))
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        message = f'{field} is compared with a time such as "2026-05-03T12:00:00Z"'
        raise ValueError(message)
    return value


def _require_digest(field: str, operator: str, value: str | Wildcard) -> None:
    if isinstance(value, Wildcard):
        first, *others = value.parts
        possible = _starts_digest(first) and all(map(_HEX.fullmatch, others))
    elif operator == ":":
        part = value.lower()
        possible = part in PREFIX or _DIGEST_PART.fullmatch(part) is not None
    else:
        possible = _DIGEST.fullmatch(value) is not None
    if not possible:
        message = f'{field} is sha256: and 64 digits of 0-9a-f; "{PREFIX}0a1b*" finds by the first'
        raise ValueError(message)


def _starts_digest(text: str) -> bool:
    rest = text.removeprefix(PREFIX)
    return PREFIX.startswith(text) or (rest != text and _HEX.fullmatch(rest) is not None)


_READERS: Mapping[FieldType, Callable[[str, str, Token], Value]] = {
    FieldType.BOOLEAN: _boolean,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER_MAP: _metric,
    FieldType.TIME: _time,
}
