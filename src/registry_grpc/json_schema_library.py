"""JSON Schema by the library of that name, bounded: no fetching, no regex that takes for ever.

Each keyword that is asked of a value is a step, and a regular expression is as many as it is work.
The keywords in which the library would use its own regular expressions, or compare everything with
everything, are written anew here.
"""

import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import jsonschema
from jsonschema import validators
from referencing import Registry

from registry_grpc.domain.regex import Regex
from registry_grpc.json_schema_text import FORMATS, compiled, read, schema_problems
from registry_grpc.services.ports.json_schema import MAX_STEPS, MAX_VIOLATIONS, Verdict

_STATES_PER_STEP = 100
_MOST_KEPT = 16
_MAX_SHOWN = 60
_MAX_SENTENCE = 300
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Keyword = Callable[..., "Iterator[jsonschema.ValidationError] | None"]
"""Called with validator, value of the keyword, instance and schema."""


class _OutOfStepsError(Exception):
    """A document takes too many steps."""


class _Steps:
    """How many steps were taken."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, count: int) -> None:
        """Raise _OutOfStepsError beyond MAX_STEPS."""
        self.taken += count
        if self.taken > MAX_STEPS:
            raise _OutOfStepsError


_STEPS: ContextVar[_Steps] = ContextVar("steps")


def problems(text: str, *, check_formats: bool) -> Sequence[str]:
    """Return what is wrong with the text of a schema; empty for nothing."""
    found = [_tidy(problem) for problem in schema_problems(text, check_formats=check_formats)]
    # A reference to itself, or one that branches without end, shows at an empty record too.
    return found or _check(text, {}, check_formats=check_formats).undecided


def verdict(text: str, document: Mapping[str, object], *, check_formats: bool) -> Verdict:
    """Check a document by a schema without problems."""
    found = _check(text, document, check_formats=check_formats)
    return Verdict([*found.violations, *found.undecided], found.steps)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is wrong with a document, why more could not be decided, and what it cost."""

    violations: Sequence[str]
    undecided: Sequence[str]
    steps: int


def _check(text: str, document: Mapping[str, object], *, check_formats: bool) -> _Found:
    violations: list[str] = []
    undecided: list[str] = []
    steps = _Steps()
    token = _STEPS.set(steps)
    try:
        errors = _validator(text, check_formats=check_formats).iter_errors(document)
        violations.extend(_sentence(error) for error in itertools.islice(errors, MAX_VIOLATIONS))
    except _OutOfStepsError:
        undecided.append(f"record: checking it takes more than {MAX_STEPS:,} steps")
    except RecursionError:
        undecided.append("record: the schema refers to itself without end, or goes too deep")
    finally:
        _STEPS.reset(token)
    return _Found(violations, undecided, steps.taken)


@functools.lru_cache(maxsize=_MOST_KEPT)
def _validator(text: str, *, check_formats: bool) -> Any:  # noqa: ANN401 - the library has no types
    checker = jsonschema.FormatChecker(FORMATS) if check_formats else None
    return _Validator(read(text), registry=Registry(), format_checker=checker)


def _sentence(error: jsonschema.ValidationError) -> str:
    message, shown = error.message, repr(error.instance)
    if len(shown) > _MAX_SHOWN and message.startswith(shown):
        message = f"{shown[:_MAX_SHOWN]}…{message.removeprefix(shown)}"
    return _tidy(f"{_place(error.absolute_path)}: {message}")


def _place(path: Sequence[str | int]) -> str:
    """Return a path such as `slices[3].result` or `metrics['a b']`; `record` for the whole."""
    place = ""
    for part in path:
        if isinstance(part, str) and _WORD.fullmatch(part):
            place += f".{part}" if place else part
        else:
            place += f"[{part!r}]"
    return place or "record"


def _tidy(sentence: str) -> str:
    """Return what every database, wire and terminal can take: no lone surrogates, not too long."""
    clean = sentence.encode(errors="replace").decode()
    return clean if len(clean) <= _MAX_SENTENCE else f"{clean[: _MAX_SENTENCE - 1]}…"


# --- Keywords --------------------------------------------------------------------------------


def _counted(keyword: Keyword) -> Keyword:
    """Return the keyword as one that costs a step."""

    @functools.wraps(keyword)
    def check(
        validator: Any,  # noqa: ANN401 - the library has no types
        value: object,
        instance: object,
        schema: object,
    ) -> Iterator[jsonschema.ValidationError] | None:
        _STEPS.get().take(1)
        return keyword(validator, value, instance, schema)

    return check


def _finds(regex: Regex, text: str) -> bool:
    _STEPS.get().take(1 + len(text) * regex.states // _STATES_PER_STEP)
    return regex.search(text)


def _pattern(
    _: object, pattern: str, instance: object, __: object
) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not _finds(compiled(pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any,  # noqa: ANN401 - the library has no types
    patterns: Mapping[str, object],
    instance: object,
    _: object,
) -> Iterator[jsonschema.ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, schema in patterns.items():
        for key, value in instance.items():
            if _finds(compiled(pattern), key):
                yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any,  # noqa: ANN401 - the library has no types
    value: object,
    instance: object,
    schema: Mapping[str, Mapping[str, object]],
) -> Iterator[jsonschema.ValidationError]:
    if not isinstance(instance, dict):
        return
    patterns = [compiled(pattern) for pattern in schema.get("patternProperties", ())]
    for key, item in instance.items():
        if key in schema.get("properties", ()) or any(_finds(regex, key) for regex in patterns):
            continue
        if value is False:
            yield jsonschema.ValidationError(f"{key!r} may not be there")
        else:
            yield from validator.descend(item, value, path=key)


def _unique_items(
    _: object, value: object, instance: object, __: object
) -> Iterator[jsonschema.ValidationError]:
    if value is not True or not isinstance(instance, list):
        return
    # The items of a list in a record are of one type, so equal ones have equal texts.
    texts = {json.dumps(item, sort_keys=True) for item in instance}
    _STEPS.get().take(len(instance))
    if len(texts) != len(instance):
        yield jsonschema.ValidationError(f"{instance!r} has items that are equal")


_OWN: Mapping[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
_Validator = validators.extend(
    jsonschema.Draft202012Validator,
    validators={
        name: _counted(_OWN.get(name, keyword))
        for name, keyword in jsonschema.Draft202012Validator.VALIDATORS.items()
    },
)
