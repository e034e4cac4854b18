"""Validation of schemas: the forms of keywords, and unsupported ones."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from registry_grpc.domain.work import Work
from registry_grpc.engines.json_schema.references import resolved
from registry_grpc.engines.json_schema.shown import place, shown
from registry_grpc.engines.regex.matcher import Regex

FORMATS: Final = ("date", "email", "ipv4", "ipv6", "uuid")
TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
SCHEMAS: Final = frozenset(
    {"additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"}
    | {"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"}
)
SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMA_MAPS: Final = frozenset(
    {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)
REFERENCES: Final = ("$ref", "$dynamicRef")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFUSED = ("unevaluatedProperties", "unevaluatedItems")
# Of earlier drafts: in this one they would be ignored.
_EARLIER = {
    "dependencies": "dependentRequired or dependentSchemas",
    "additionalItems": "prefixItems with items",
    "$recursiveRef": "$dynamicRef",
    "divisibleBy": "multipleOf",
    "disallow": "not",
    "extends": "allOf",
}
_ANCHORS = ("$anchor", "$dynamicAnchor")
_ANCHOR = re.compile(r"[A-Za-z_][-A-Za-z0-9._]*")
_UNITS_OF_A_KEYWORD = 4
_UNITS_OF_A_PROBLEM = 20

Path = tuple[str | int, ...]


class Walk:
    """Visits a schema and all targets of references, each part once."""

    def __init__(self, schema: object, work: Work, *, check_formats: bool) -> None:
        self._schema: Any = schema
        self._work = work
        self._check_formats = check_formats
        self._seen: set[int] = set()
        self._references: list[tuple[str, str]] = []
        self._well_formed = True
        self._anchors: Mapping[str, object] = {}

    def problems(self) -> Iterator[str]:
        """Yield each problem as a sentence that begins with the path or the keyword."""
        if isinstance(self._schema, dict) and self._schema.get("$schema", _DIALECT) != _DIALECT:
            yield f"$schema: must be {_DIALECT}, or left out"
        yield from self._walk(self._schema, ())
        if not self._well_formed:
            return
        self._anchors = anchors_of(self._schema)
        # Targets may be later in the text, and have references themselves.
        while self._references:
            yield from self._reference(*self._references.pop())

    def _walk(self, schema: Any, path: Path) -> Iterator[str]:  # noqa: ANN401 - JSON
        if isinstance(schema, bool) or id(schema) in self._seen:
            return
        if not isinstance(schema, dict):
            yield from self._said(path, f"{shown(schema)} is not of type 'object', 'boolean'")
            return
        self._seen.add(id(schema))
        self._work.take(_UNITS_OF_A_KEYWORD * (1 + len(schema)))
        if "$id" in schema and schema is not self._schema:
            yield f"$id: {shown(schema['$id'])} is rejected below the top"
        for name, value in schema.items():
            problem = _CHECKS[name](value) if name in _CHECKS else ""
            if problem:
                yield from self._said((*path, name), problem)
                continue
            yield from self._more(name, value)
            for part, key in _children(name, value):
                yield from self._walk(part, (*path, name, *key))

    def _more(self, name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
        if name in _REFUSED:
            yield f"{name}: is not supported"
        elif name in _EARLIER:
            yield f"{name}: is a keyword of an earlier draft; use {_EARLIER[name]}"
        elif name in REFERENCES:
            self._references.append((name, value))
        elif name == "pattern":
            yield from self._pattern(value)
        elif name == "patternProperties":
            for pattern in value:
                yield from self._pattern(pattern)
        elif name == "format" and self._check_formats and value not in FORMATS:
            known = ", ".join(FORMATS)
            yield f"format: {shown(value)} cannot be checked; there are {known}"

    def _pattern(self, pattern: str) -> Iterator[str]:
        try:
            Regex(pattern, self._work)
        except ValueError as error:
            yield f"pattern: {error}"

    def _reference(self, name: str, target: str) -> Iterator[str]:
        self._work.take(_UNITS_OF_A_KEYWORD + len(target))
        if not target.startswith("#"):
            yield f"{name}: {shown(target)} must begin with '#': nothing is fetched"
            return
        try:
            found = resolved(self._schema, self._anchors, target)
        except LookupError:
            yield f"{name}: {shown(target)} does not exist"
            return
        yield from self._walk(found, (target,))

    def _said(self, path: Path, problem: str) -> Iterator[str]:
        self._work.take(_UNITS_OF_A_PROBLEM)
        self._well_formed = False
        where = place(path, "")
        dot = "." if where and not where.startswith("[") else ""
        yield f"${dot}{where}: {problem}"


def anchors_of(schema: object) -> Mapping[str, object]:
    """Return the targets of the anchors of a valid schema."""
    found: dict[str, object] = {}
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            found.update({part[name]: part for name in _ANCHORS if name in part})
            for name, value in part.items():
                waiting += [child for child, _ in _children(name, value)]
    return found


def _children(name: str, value: Any) -> Iterator[tuple[object, Path]]:  # noqa: ANN401 - JSON
    if name in SCHEMAS:
        yield value, ()
    elif name in SCHEMA_LISTS:
        for index, part in enumerate(value):
            yield part, (index,)
    elif name in SCHEMA_MAPS:
        for key, part in value.items():
            yield part, (key,)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:  # noqa: ANN401 - JSON
    whole = isinstance(value, float) and value.is_integer()
    return _is_number(value) and (isinstance(value, int) or whole) and value >= 0


def _names(value: object) -> str:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return f"{shown(value)} is no list of texts"
    return "" if len(set(value)) == len(value) else f"{shown(value)} has entries that are equal"


def _map_of_names(value: object) -> str:
    if not isinstance(value, dict):
        return f"{shown(value)} is not of type 'object'"
    return next(filter(None, map(_names, value.values())), "")


def _types(value: object) -> str:
    several = value if isinstance(value, list) else [value]
    if not several or not all(isinstance(item, str) and item in TYPES for item in several):
        return f"{shown(value)} is not valid: a type is one of {', '.join(TYPES)}"
    return _names(several)


def _kind(said: str, fits: Callable[[Any], bool]) -> Callable[[object], str]:
    return lambda value: "" if fits(value) else f"{shown(value)} is not {said}"


def _is_list_of_schemas(value: object) -> bool:
    return isinstance(value, list) and bool(value)


_TEXT = _kind("of type 'string'", lambda value: isinstance(value, str))
_BOOLEAN = _kind("of type 'boolean'", lambda value: isinstance(value, bool))
_LIST = _kind("of type 'array'", lambda value: isinstance(value, list))
_OBJECT = _kind("of type 'object'", lambda value: isinstance(value, dict))
_NUMBER = _kind("of type 'number'", _is_number)
_COUNT = _kind("a whole number that is 0 or more", _is_count)
_CHECKS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(SCHEMA_LISTS, _kind("a list with a schema or more", _is_list_of_schemas)),
    **dict.fromkeys(SCHEMA_MAPS, _OBJECT),
    **dict.fromkeys(("$id", "$schema", "$ref", "$dynamicRef", "$comment", "format"), _TEXT),
    **dict.fromkeys(("title", "description", "contentEncoding", "contentMediaType"), _TEXT),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _BOOLEAN),
    **dict.fromkeys(("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"), _NUMBER),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems"), _COUNT),
    **dict.fromkeys(("maxProperties", "minProperties", "maxContains", "minContains"), _COUNT),
    **dict.fromkeys(
        _ANCHORS,
        _kind("the name of an anchor", lambda v: isinstance(v, str) and bool(_ANCHOR.fullmatch(v))),
    ),
    "pattern": _TEXT,
    "enum": _LIST,
    "examples": _LIST,
    "$vocabulary": _OBJECT,
    "multipleOf": _kind("a number above 0", lambda value: _is_number(value) and value > 0),
    "required": _names,
    "dependentRequired": _map_of_names,
    "type": _types,
}


def first_problems(schema: object, work: Work, most: int, *, check_formats: bool) -> Sequence[str]:
    """Return the first problems of a schema, at most `most`, without duplicates."""
    found: dict[str, None] = {}
    for problem in Walk(schema, work, check_formats=check_formats).problems():
        found[problem] = None
        if len(found) == most:
            break
    return list(found)
