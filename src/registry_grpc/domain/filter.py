"""Filters: a subset of AIP-160, parsed against the fields that a list can be filtered by.

    filter     = conjunct { "AND" conjunct }
    conjunct   = term { "OR" term }                      OR binds tighter than AND, as in AIP-160
    term       = [ "NOT" | "-" ] ( "(" filter ")" | comparison )
    comparison = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" ) value
    field      = word { "." ( word | string ) }
    value      = string | word

The result is a small tree that persistence turns into SQL; values in it are typed already.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import NoReturn

MAX_BYTES = 2_048
MAX_DEPTH = 32

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<symbol><=|>=|!=|[=<>:().])"""
    r"""|(?P<minus>-(?=[A-Za-z_(]))"""
    r"""|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w/*-]))"""
    r"""|(?P<word>[\w/*-]+))""",
)
_COMPARATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", ":"})


class FieldType(Enum):
    """The type of a field's values; maps are addressed by `field.key`."""

    TEXT = auto()
    NUMBER = auto()
    TIME = auto()
    TEXT_MAP = auto()
    NUMBER_MAP = auto()


Schema = Mapping[str, FieldType]
Value = str | float | datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`. key: of a map's entry. `:` on a map asks for the key `value`."""

    field: str
    key: str | None
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    item: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    items: tuple["Node", ...]


Node = Comparison | Not | And | Or


def parse_filter(text: str, schema: Schema) -> Node | None:
    """Return the tree of a filter, None for an empty one; raise ValueError with a sentence."""
    if len(text.encode()) > MAX_BYTES:
        message = f"a filter has at most {MAX_BYTES} bytes"
        raise ValueError(message)
    if "\0" in text:
        message = "may not contain the NUL character"
        raise ValueError(message)
    tokens = _tokens(text)
    if not tokens:
        return None
    parser = _Parser(tokens, schema)
    node = parser.filter(depth=0)
    if parser.peek() is not None:
        parser.fail("AND, OR or the end")
    return node


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            message = f"cannot be read at character {position + 1}"
            raise ValueError(message)
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token], schema: Schema) -> None:
        self._tokens, self._schema, self._next = tokens, schema, 0

    def peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def filter(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            message = f"a filter is at most {MAX_DEPTH} parentheses deep"
            raise ValueError(message)
        items = [self._conjunct(depth)]
        while self._take("word", "AND"):
            items.append(self._conjunct(depth))
        return items[0] if len(items) == 1 else And(tuple(items))

    def _conjunct(self, depth: int) -> Node:
        items = [self._term(depth)]
        while self._take("word", "OR"):
            items.append(self._term(depth))
        return items[0] if len(items) == 1 else Or(tuple(items))

    def _term(self, depth: int) -> Node:
        if self._take("word", "NOT") or self._take("minus", "-"):
            return Not(self._simple(depth))
        return self._simple(depth)

    def _simple(self, depth: int) -> Node:
        if self._take("symbol", "("):
            node = self.filter(depth + 1)
            if not self._take("symbol", ")"):
                self.fail(")")
            return node
        return self._comparison()

    def _comparison(self) -> Comparison:
        field, key = self._field()
        token = self.peek()
        if token is None or token.text not in _COMPARATORS or token.kind != "symbol":
            self.fail("=, !=, <, <=, >, >= or :")
        self._next += 1
        return _comparison(self._schema, field, key, token.text, self._value())

    def _field(self) -> tuple[str, str | None]:
        token = self._one_of("word", what="a field")
        if token.text not in self._schema:
            known = ", ".join(sorted(self._schema))
            message = f"unknown field {token.text[:80]!r}; there are {known}"
            raise ValueError(message)
        keys = []
        while self._take("symbol", "."):
            keys.append(_unquoted(self._one_of("word", "number", "string", what="a key")))
        return token.text, ".".join(keys) if keys else None

    def _value(self) -> _Token:
        return self._one_of("string", "word", "number", what="a value")

    def _one_of(self, *kinds: str, what: str) -> _Token:
        token = self.peek()
        if token is None or token.kind not in kinds:
            self.fail(what)
        self._next += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        token = self.peek()
        taken = token is not None and (token.kind, token.text) == (kind, text)
        self._next += taken
        return taken

    def fail(self, wanted: str) -> NoReturn:
        token = self.peek()
        where = f"at character {token.position + 1}" if token else "at the end"
        message = f"expected {wanted} {where}"
        raise ValueError(message)


def _comparison(
    schema: Schema, field: str, key: str | None, operator: str, value: _Token
) -> Comparison:
    kind = schema[field]
    is_map = kind in {FieldType.TEXT_MAP, FieldType.NUMBER_MAP}
    if key is not None and not is_map:
        message = f"{field} has no fields of its own"
        raise ValueError(message)
    if is_map and key is None:
        if operator != ":":
            message = f"{field} is a map: use {field}.key {operator} value, or {field}:key"
            raise ValueError(message)
        return Comparison(field, None, ":", _unquoted(value))
    if kind in {FieldType.NUMBER, FieldType.NUMBER_MAP}:
        typed: Value = _number(field, value)
    elif kind is FieldType.TIME:
        typed = _time(field, value)
    else:
        typed = _unquoted(value)
    if operator == ":" and not isinstance(typed, str):
        operator = "="
    return Comparison(field, key, operator, typed)


def _number(field: str, token: _Token) -> float:
    try:
        value = float(token.text)
    except ValueError:
        value = math.nan
    if token.kind != "number" or not math.isfinite(value):
        message = f"{field} is compared with a number, not {token.text[:80]}"
        raise ValueError(message)
    return value


def _time(field: str, token: _Token) -> datetime:
    try:
        value = datetime.fromisoformat(_unquoted(token))
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        message = f'{field} is compared with a time such as "2026-05-03T12:00:00Z"'
        raise ValueError(message)
    return value


def _unquoted(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
