"""Filters: a subset of AIP-160, parsed against the fields that a list can be filtered by.

    filter     = conjunct { "AND" conjunct }
    conjunct   = term { "OR" term }                      OR binds tighter than AND, as in AIP-160
    term       = [ "NOT" | "-" ] ( "(" filter ")" | comparison | call )
    comparison = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" ) value
               | field ( "=" | "!=" | ":" ) "(" value { "OR" value } ")"
    call       = ( "like" | "ilike" ) "(" field "," value ")"
    field      = word { "." ( word | string ) | "[" string "]" }
    value      = string | word

The result is a small tree that persistence turns into SQL; values in it are typed already. A
comparison with several values stands for one with each of them, and `!=` differs from all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from registry_grpc.domain.filter_value import (
    MAPS,
    FieldType,
    Schema,
    Token,
    Value,
    like_pattern,
    typed,
    unquoted,
)

MAX_BYTES = 16_384
MAX_VALUE_BYTES = 2_048
MAX_COMPARISONS = 250
MAX_DEPTH = 32

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<symbol><=|>=|!=|[=<>:().,\[\]])"""
    r"""|(?P<minus>-(?=[A-Za-z_(]))"""
    r"""|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w/*-]))"""
    r"""|(?P<word>[\w/*-]+))""",
)
_COMPARATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", ":"})
_OF_SEVERAL = frozenset({"=", "!=", ":"})
_ANY = "*"
_IN_VALUES = frozenset({":", ".", ",", "[", "]"})
LIKE, ILIKE = "like", "ilike"
_PATTERNED = frozenset({FieldType.TEXT, FieldType.TEXT_MAP})


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`. key: of a map's entry. `:` on a map asks for the key `value`.

    With `like` and `ilike`, the value is a pattern of SQL with the escape character backslash.
    """

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
    if parser.comparisons > MAX_COMPARISONS:
        message = f"a filter has at most {MAX_COMPARISONS} comparisons"
        raise ValueError(message)
    after = parser.peek()
    if after is not None:
        hint = "; put a value with such a sign in quotes" if after.text in _IN_VALUES else ""
        parser.fail("AND, OR or the end", hint)
    return node


def comparisons(node: Node | None) -> Iterator[Comparison]:
    """Yield the comparisons of a filter, from left to right."""
    match node:
        case Comparison():
            yield node
        case Not(item):
            yield from comparisons(item)
        case And(items) | Or(items):
            for item in items:
                yield from comparisons(item)


def _tokens(text: str) -> list[Token]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            message = f"cannot be read at character {position + 1}; put a value in quotes"
            raise ValueError(message)
        tokens.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[Token], schema: Schema) -> None:
        self._tokens, self._schema, self._next = tokens, schema, 0
        self.comparisons = 0

    def peek(self) -> Token | None:
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
            self._require(")")
            return node
        return self._call() if self._is_call() else self._comparison()

    def _is_call(self) -> bool:
        two = self._tokens[self._next : self._next + 2]
        return [token.text for token in two] in [[LIKE, "("], [ILIKE, "("]]

    def _call(self) -> Node:
        name = self._one_of("word", what="a function").text
        self._require("(")
        field, key = self._field()
        kind = self._schema[field]
        if kind not in _PATTERNED or (kind is FieldType.TEXT_MAP) != (key is not None):
            message = f"{name} is of texts, and of values of maps of text: not of {field}"
            raise ValueError(message)
        self._require(",")
        pattern = like_pattern(unquoted(self._value()))
        self._require(")")
        return Comparison(field, key, name, pattern)

    def _comparison(self) -> Node:
        field, key = self._field()
        token = self.peek()
        if token is None or token.text not in _COMPARATORS or token.kind != "symbol":
            self.fail("=, !=, <, <=, >, >= or :")
        self._next += 1
        sign = token.text
        if sign not in _OF_SEVERAL or not self._take("symbol", "("):
            return _comparison(self._schema, field, key, sign, self._value())
        items = [_comparison(self._schema, field, key, sign, self._value())]
        while self._take("word", "OR"):
            items.append(_comparison(self._schema, field, key, sign, self._value()))
        if not self._take("symbol", ")"):
            self.fail("OR or )")
        if len(items) == 1:
            return items[0]
        return And(tuple(items)) if sign == "!=" else Or(tuple(items))

    def _field(self) -> tuple[str, str | None]:
        field, keys = self._one_of("word", what="a field").text, self._keys()
        if keys and f"{field}.{keys[0]}" in self._schema:
            field = f"{field}.{keys.pop(0)}"
        if field not in self._schema:
            known = ", ".join(sorted(self._schema))
            message = f"unknown field {field[:80]!r}; there are {known}"
            raise ValueError(message)
        return field, ".".join(keys) if keys else None

    def _keys(self) -> list[str]:
        keys = []
        while True:
            if self._take("symbol", "."):
                keys.append(unquoted(self._one_of("word", "number", "string", what="a key")))
            elif self._take("symbol", "["):
                keys.append(unquoted(self._one_of("string", what="a key in quotes")))
                self._require("]")
            else:
                return keys

    def _value(self) -> Token:
        self.comparisons += 1
        token = self._one_of("string", "word", "number", what="a value")
        if len(token.text.encode()) > MAX_VALUE_BYTES:
            message = f"a value of a filter has at most {MAX_VALUE_BYTES} bytes"
            raise ValueError(message)
        return token

    def _one_of(self, *kinds: str, what: str) -> Token:
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

    def _require(self, symbol: str) -> None:
        if not self._take("symbol", symbol):
            self.fail(symbol)

    def fail(self, wanted: str, hint: str = "") -> NoReturn:
        token = self.peek()
        where = f"at character {token.position + 1}" if token else "at the end"
        message = f"expected {wanted} {where}{hint}"
        raise ValueError(message)


def _comparison(
    schema: Schema, field: str, key: str | None, operator: str, value: Token
) -> Comparison:
    kind = schema[field]
    if key is not None and kind not in MAPS:
        message = f"{field} has no fields of its own"
        raise ValueError(message)
    if kind in MAPS and key is None:
        if operator != ":":
            message = f"{field} is a map: use {field}.key {operator} value, or {field}:key"
            raise ValueError(message)
        return Comparison(field, None, ":", unquoted(value))
    if key is not None and operator == ":" and (value.kind, value.text) == ("word", _ANY):
        return Comparison(field, None, ":", key)
    read = typed(kind, field, operator, value)
    if operator == ":" and not isinstance(read, str):
        operator = "="
    return Comparison(field, key, operator, read)
