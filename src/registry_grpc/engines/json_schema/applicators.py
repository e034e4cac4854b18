"""Keywords that apply schemas to a value or to parts of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from registry_grpc.domain.work import Work
from registry_grpc.engines.json_schema.shown import Path, shown
from registry_grpc.engines.regex.matcher import Regex

Problem = tuple[Path, str]
"""The path and the description of a violation."""

_ENTRIES_PER_UNIT = 20
_UNITS_OF_A_PROBLEM = 4


class Applied(Protocol):
    """The evaluation of a schema on a record."""

    work: Work

    def problems(self, schema: Any, instance: Any, path: Path) -> Iterator[Problem]:  # noqa: ANN401
        """Yield the violations of a part of the record."""

    def valid(self, schema: Any, instance: Any) -> bool:  # noqa: ANN401
        """Return whether there are none."""

    def regex(self, pattern: str) -> Regex:
        """Return a pattern of the schema, compiled."""

    def resolved(self, reference: str) -> Any:  # noqa: ANN401
        """Return the schema that a reference points at."""


Applicator = Callable[[Applied, Any, Any, Mapping[str, Any], Path], Iterator[Problem]]
"""Called with the keyword's value, the instance, the enclosing schema and the path."""

_Schema = Mapping[str, Any]


def _ref(to: Applied, value: str, instance: object, _: _Schema, path: Path) -> Iterator[Problem]:
    yield from to.problems(to.resolved(value), instance, path)


def _all_of(
    to: Applied, value: Sequence[Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    for part in value:
        yield from to.problems(part, instance, path)


def _any_of(
    to: Applied, value: Sequence[Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if not any(to.valid(part, instance) for part in value):
        yield path, f"{shown(instance)} is not valid under any of the given schemas"


def _one_of(
    to: Applied, value: Sequence[Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    fitting = 0
    for part in value:
        fitting += to.valid(part, instance)
        if fitting > 1:
            yield path, f"{shown(instance)} is valid under more than one of the given schemas"
            return
    if not fitting:
        yield path, f"{shown(instance)} is not valid under any of the given schemas"


def _not(to: Applied, value: Any, instance: object, _: _Schema, path: Path) -> Iterator[Problem]:  # noqa: ANN401
    if to.valid(value, instance):
        yield path, f"{shown(instance)} should not be valid under {shown(value)}"


def _if(
    to: Applied,
    value: Any,  # noqa: ANN401
    instance: object,
    schema: _Schema,
    path: Path,
) -> Iterator[Problem]:
    branch = "then" if to.valid(value, instance) else "else"
    if branch in schema:
        yield from to.problems(schema[branch], instance, path)


def _properties(
    to: Applied, value: Mapping[str, Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if not isinstance(instance, dict):
        return
    to.work.take(len(value) / _ENTRIES_PER_UNIT)
    for name, part in value.items():
        if name in instance:
            yield from to.problems(part, instance[name], (*path, name))


def _pattern_properties(
    to: Applied, value: Mapping[str, Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if not isinstance(instance, dict):
        return
    for pattern, part in value.items():
        regex = to.regex(pattern)
        for name, item in instance.items():
            if regex.search(name, to.work):
                yield from to.problems(part, item, (*path, name))


def _additional_properties(
    to: Applied,
    value: Any,  # noqa: ANN401
    instance: object,
    schema: _Schema,
    path: Path,
) -> Iterator[Problem]:
    if not isinstance(instance, dict):
        return
    stated = schema.get("properties", {})
    patterns = [to.regex(pattern) for pattern in schema.get("patternProperties", {})]
    to.work.take((len(patterns) + len(instance)) / _ENTRIES_PER_UNIT)
    for name, item in instance.items():
        if name in stated or any(regex.search(name, to.work) for regex in patterns):
            continue
        if value is False:
            to.work.take(_UNITS_OF_A_PROBLEM)
            yield path, f"{shown(name)} may not be there"
        else:
            yield from to.problems(value, item, (*path, name))


def _property_names(
    to: Applied,
    value: Any,  # noqa: ANN401
    instance: object,
    _: _Schema,
    path: Path,
) -> Iterator[Problem]:
    if isinstance(instance, dict):
        for name in instance:
            yield from to.problems(value, name, path)


def _required(
    to: Applied, value: Sequence[str], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if not isinstance(instance, dict):
        return
    to.work.take(len(value) / _ENTRIES_PER_UNIT)
    for name in value:
        if name not in instance:
            to.work.take(_UNITS_OF_A_PROBLEM)
            yield path, f"{shown(name)} is a required property"


def _dependent_required(
    to: Applied, value: Mapping[str, Sequence[str]], instance: object, schema: _Schema, path: Path
) -> Iterator[Problem]:
    if not isinstance(instance, dict):
        return
    to.work.take(len(value) / _ENTRIES_PER_UNIT)
    for name, wanted in value.items():
        if name in instance:
            for place, _ in _required(to, wanted, instance, schema, path):
                yield place, f"{shown(name)} needs other properties: {shown(wanted)}"
                break


def _dependent_schemas(
    to: Applied, value: Mapping[str, Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if not isinstance(instance, dict):
        return
    to.work.take(len(value) / _ENTRIES_PER_UNIT)
    for name, part in value.items():
        if name in instance:
            yield from to.problems(part, instance, path)


def _prefix_items(
    to: Applied, value: Sequence[Any], instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if isinstance(instance, list):
        for index, (part, item) in enumerate(zip(value, instance, strict=False)):
            yield from to.problems(part, item, (*path, index))


def _items(
    to: Applied,
    value: Any,  # noqa: ANN401
    instance: object,
    schema: _Schema,
    path: Path,
) -> Iterator[Problem]:
    if isinstance(instance, list):
        for index in range(len(schema.get("prefixItems", ())), len(instance)):
            yield from to.problems(value, instance[index], (*path, index))


def _contains(
    to: Applied,
    value: Any,  # noqa: ANN401
    instance: object,
    schema: _Schema,
    path: Path,
) -> Iterator[Problem]:
    if not isinstance(instance, list):
        return
    least, most = schema.get("minContains", 1), schema.get("maxContains")
    fitting = 0
    for item in instance:
        fitting += to.valid(value, item)
        if most is not None and fitting > most:
            yield path, f"{shown(instance)} has too many items that fit `contains`"
            return
        if most is None and fitting >= least:
            return
    if fitting < least:
        yield path, f"{shown(instance)} has too few items that fit `contains`"


def _pattern(
    to: Applied, value: str, instance: object, _: _Schema, path: Path
) -> Iterator[Problem]:
    if isinstance(instance, str) and not to.regex(value).search(instance, to.work):
        yield path, f"{shown(instance)} does not match {shown(value)}"


APPLICATORS: Mapping[str, Applicator] = {
    "$dynamicRef": _ref,
    "$ref": _ref,
    "additionalProperties": _additional_properties,
    "allOf": _all_of,
    "anyOf": _any_of,
    "contains": _contains,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "if": _if,
    "items": _items,
    "not": _not,
    "oneOf": _one_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "prefixItems": _prefix_items,
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
}
