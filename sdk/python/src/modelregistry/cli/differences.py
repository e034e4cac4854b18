"""The differences between two states of a resource. Pure: values in, texts out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from modelregistry.cli import documents, formats

_NOTHING: Final = "-"
_BOOKKEEPING: Final = frozenset({"etag", "revision", "update_time"})
"""Fields that every change modifies."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The path of a field, such as `labels.team`, and its values; `-` for none."""

    path: str
    before: str
    after: str


def between(before: object, after: object) -> list[Difference]:
    """Return the fields that differ, in the order of the dataclass.

    None stands for a resource that does not exist: then every non-empty field differs.
    """
    old, new = dict(_fields(before)), dict(_fields(after))
    paths = dict.fromkeys([*old, *new])
    return [
        Difference(path, old.get(path, _NOTHING), new.get(path, _NOTHING))
        for path in paths
        if old.get(path, _NOTHING) != new.get(path, _NOTHING)
    ]


def _fields(value: object) -> Iterator[tuple[str, str]]:
    made = documents.document(value)
    if isinstance(made, dict):
        for name, inner in made.items():
            if name not in _BOOKKEEPING:
                yield from _leaves(formats.clean(name), inner)


def _leaves(path: str, value: documents.Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in sorted(value.items()):
            yield from _leaves(f"{path}.{formats.clean(name)}", inner)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    else:
        said = _said(value)
        if said:
            yield path, said


def _said(value: documents.Json) -> str:
    if isinstance(value, list):
        return ", ".join(_said(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else formats.one_line(str(value))
