"""Profiles of tables."""

from collections.abc import Callable, Collection
from typing import Final

import numpy as np

from modelregistry._convert.writing import invalid
from modelregistry.drift.counting import (
    count_categories,
    count_numbers,
    count_truths,
    edges_of,
    evenly_ranked,
)
from modelregistry.drift.document import MAX_CATEGORIES, MAX_SAMPLE, to_bytes
from modelregistry.drift.profiles import ColumnKind, ColumnProfile, Profile
from modelregistry.drift.table_files import Texts
from modelregistry.drift.tables import table_of, unreadable, wanted_names
from modelregistry.drift.values import Column, Numbers, Unreadable, column_of, kind_of_texts

_LEAST_SAMPLE: Final = 100


def profile(
    table: object,
    *,
    columns: Collection[str] | None = None,
    categorical: Collection[str] = (),
    sample_size: int = 2_000,
    max_categories: int = 100,
) -> Profile:
    """Return the profile of a table; see `modelregistry.drift.profile`."""
    _require("sample_size", sample_size, _LEAST_SAMPLE, MAX_SAMPLE)
    _require("max_categories", max_categories, 1, MAX_CATEGORIES)
    read = table_of(table)
    wanted = wanted_names(read.names, columns)
    if unknown := [name for name in categorical if name not in wanted]:
        raise invalid("categorical", f"has {unknown[0]!r}, which is no profiled column")
    rows, found = None, []
    for name, value in read.columns(wanted):
        try:
            column = column_of(value)
            kind = kind_of_texts(column) if isinstance(value, Texts) else column.kind
            if name in categorical or kind is None:
                kind = ColumnKind.CATEGORICAL
            profiled = _profiled(name, column, kind, sample_size, max_categories)
        except Unreadable as error:
            raise unreadable(name, str(error)) from error
        if rows not in {None, len(column.raw)}:
            raise unreadable(name, f"has {len(column.raw)} values, others have {rows}")
        rows = len(column.raw)
        found.append(profiled)
    made = Profile(rows=rows or 0, columns=tuple(found))
    to_bytes(made)  # its size is a matter of these arguments
    return made


def _require(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise invalid(name, f"must be an integer from {least} to {most:,}")


def _profiled(
    name: str, column: Column, kind: ColumnKind, sample_size: int, max_categories: int
) -> ColumnProfile:
    if kind.is_ordered:
        return _ordered(name, column.numbers(kind), kind, sample_size)
    if kind == ColumnKind.BOOLEAN:
        counts, missing = count_truths(column.numbers(kind))
        texts = ("false", "true")
        return ColumnProfile(
            name=name, kind=kind, missing=missing, categories=texts, counts=tuple(counts)
        )
    found, missing = count_categories(column)
    # The order of the rows decides nothing: equally frequent ones are in the order of their texts.
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    kept, others = ranked[:max_categories], ranked[max_categories:]
    return ColumnProfile(
        name=name,
        kind=kind,
        missing=missing,
        categories=tuple(text for text, _ in kept),
        counts=(*(count for _, count in kept), sum(count for _, count in others)),
    )


def _ordered(name: str, numbers: Numbers, kind: ColumnKind, sample_size: int) -> ColumnProfile:
    finite = np.sort(numbers[np.isfinite(numbers)]) + 0.0  # which makes -0.0 and 0.0 one value
    edges = tuple(edges_of(finite).tolist())
    counts, missing = count_numbers(numbers, edges)
    return ColumnProfile(
        name=name,
        kind=kind,
        missing=missing,
        infinite=len(numbers) - missing - len(finite),
        edges=edges,
        counts=tuple(counts),
        minimum=_finite(np.min, finite),
        maximum=_finite(np.max, finite),
        mean=_finite(np.mean, finite),
        deviation=_finite(np.std, finite),
        sample=tuple(evenly_ranked(finite, sample_size).tolist()),
    )


def _finite(function: Callable[[Numbers], np.float64], values: Numbers) -> float | None:
    """Return what a function makes of values; None without values, or where it overflows."""
    if not len(values):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        result = float(function(values))
    return result if np.isfinite(result) else None
