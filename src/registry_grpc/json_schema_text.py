"""The texts of JSON schemas: what can be read, and what is wrong with it."""

import functools
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

import jsonschema
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from registry_grpc.domain.regex import Regex

FORMATS: Final = ("date", "email", "ipv4", "ipv6", "uuid")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAX_DEPTH = 64
_MOST_PROBLEMS = 20
_REFUSED = ("unevaluatedProperties", "unevaluatedItems")
_REFERENCES = ("$ref", "$dynamicRef")


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Regex:
    """Return a regular expression ready for use; raise ValueError for one that is refused."""
    return Regex(pattern)


def read(text: str) -> object:
    """Return the JSON in a text; raise ValueError for what is not, or has a name twice."""
    try:
        found: object = json.loads(
            text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise _too_deep() from None
    if _depth(found) > _MAX_DEPTH:
        raise _too_deep()
    return found


def schema_problems(text: str, *, check_formats: bool) -> Sequence[str]:
    """Return what is wrong with the text of a schema, the first 20; empty for nothing."""
    try:
        schema = read(text)
    except ValueError as error:
        return [f"cannot be read as JSON: {error}"]
    walk = _Walk(schema, check_formats=check_formats)
    return list(itertools.islice(walk.problems(), _MOST_PROBLEMS))


class _Walk:
    """Goes through a schema and all that it refers to."""

    def __init__(self, schema: object, *, check_formats: bool) -> None:
        self._schema: Any = schema
        self._check_formats = check_formats
        self._seen: set[int] = set()

    def problems(self) -> Iterator[str]:
        shape = list(_shape_problems(self._schema))
        if shape:
            yield from shape
            return
        if isinstance(self._schema, dict) and self._schema.get("$schema", _DIALECT) != _DIALECT:
            yield f"$schema: must be {_DIALECT}, or left out"
        yield from self._walk(self._schema, top=True)

    def _walk(self, schema: Any, *, top: bool = False) -> Iterator[str]:  # noqa: ANN401 - JSON
        if not isinstance(schema, dict) or id(schema) in self._seen:
            return
        self._seen.add(id(schema))
        if "$id" in schema and not top:
            yield f"$id: {schema['$id']!r} is refused below the top"
        for name in _REFUSED:
            if name in schema:
                yield f"{name}: is not supported"
        yield from _pattern_problems(schema)
        yield from self._format_problems(schema)
        for name in _REFERENCES:
            if name in schema:
                yield from self._reference(name, schema[name])
        for part in DRAFT202012.subresources_of(schema):
            yield from self._walk(part)

    def _format_problems(self, schema: Mapping[str, object]) -> Iterator[str]:
        wanted = schema.get("format")
        if self._check_formats and wanted is not None and wanted not in FORMATS:
            yield f"format: {wanted!r} cannot be checked; there are {', '.join(FORMATS)}"

    def _reference(self, name: str, target: str) -> Iterator[str]:
        if not target.startswith("#"):
            yield f"{name}: {target!r} must begin with '#': nothing is fetched"
            return
        resource = DRAFT202012.create_resource(self._schema)
        try:
            found = Registry().resolver_with_root(resource).lookup(target).contents
        except Unresolvable:
            yield f"{name}: {target!r} is not there"
            return
        shape = list(_shape_problems(found))
        yield from shape
        if not shape:
            yield from self._walk(found, top=found is self._schema)


def _shape_problems(schema: object) -> Iterator[str]:
    """Yield what the metaschema says, which has several vocabularies that may say the same."""
    errors = _METASCHEMA.iter_errors(schema)
    yield from dict.fromkeys(f"{error.json_path}: {error.message}" for error in errors)


def _pattern_problems(schema: Mapping[str, Any]) -> Iterator[str]:
    patterns = [schema["pattern"]] if "pattern" in schema else []
    for pattern in [*patterns, *schema.get("patternProperties", ())]:
        try:
            compiled(pattern)
        except ValueError as error:
            yield f"pattern: {error}"


_METASCHEMA: Any = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"{twice!r} is there twice in one object"
        raise ValueError(message)
    return found


def _too_deep() -> ValueError:
    return ValueError(f"more than {_MAX_DEPTH} levels of lists and objects")


def _refuse_constant(text: str) -> NoReturn:
    message = f"{text} is not a number of JSON"
    raise ValueError(message)


def _depth(value: object) -> int:
    """Return how many levels of lists and objects there are, counted to just beyond the limit."""
    depth, level = 0, [value]
    while level and depth <= _MAX_DEPTH:
        level = [part for item in level for part in _parts(item)]
        depth += 1
    return depth


def _parts(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
