"""Counts of values in bins. Long columns are read in blocks, so that memory is bounded."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

import numpy as np

from modelregistry.drift.document import MAX_NAME
from modelregistry.drift.profiles import ColumnKind
from modelregistry.drift.values import Column, Numbers, Raw, Unreadable, is_missing

_BLOCK: Final = 65_536
"""Values; their comparisons stay in the caches of a processor."""
_DECILES: Final = 10
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(32)


def edges_of(ascending: Numbers) -> Numbers:
    """Return the edges of bins that hold a tenth of these finite values each.

    Edge i is the value at the rank i/10. Equal edges become one, so a value that is more frequent
    than a tenth has a larger bin. A last bin that would hold nothing but the maximum ends with it,
    so that larger values differ from it.
    """
    if not len(ascending):
        return ascending
    edges = np.unique(ascending[[len(ascending) * i // _DECILES for i in range(1, _DECILES)]])
    above = np.nextafter(ascending[-1], np.inf)
    if edges[-1] == ascending[-1] and np.isfinite(above):
        edges = np.append(edges, above)
    return edges


def count_numbers(numbers: Numbers, edges: Sequence[float]) -> tuple[list[int], int]:
    """Return the number of values in each bin, and of missing values.

    Comparing with each edge is faster than sorting or searching: there are few.
    """
    missing, reached = 0, [0] * len(edges)
    for block in _blocks(numbers):
        missing += int(np.count_nonzero(block != block))  # noqa: PLR0124 - NaN
        for index, edge in enumerate(edges):
            reached[index] += int(np.count_nonzero(block >= edge))
    steps = [len(numbers) - missing, *reached, 0]
    return [high - low for high, low in pairwise(steps)], missing


def count_truths(numbers: Numbers) -> tuple[list[int], int]:
    """Return the number of 0, of 1 and of other values, and of missing values."""
    missing = int(np.count_nonzero(np.isnan(numbers)))
    known = [int(np.count_nonzero(numbers == value)) for value in (0.0, 1.0)]
    return [*known, len(numbers) - missing - sum(known)], missing


def count_categories(
    column: Column, known: Collection[str] | None = None
) -> tuple[Counter[str], int]:
    """Return the number of values of each category, and of missing values; raises Unreadable.

    known: the categories to count; others are left out, so that memory is bounded.
    """
    if column.kind == ColumnKind.DATETIME or column.raw.dtype.kind == "m":
        message = "times cannot be categories"
        raise Unreadable(message)
    found: Counter[str] = Counter()
    missing = 0
    for block in _blocks(column.raw):
        for value, count in Counter(block.tolist()).items():
            if is_missing(value):
                missing += count
            else:
                text = category(value)
                if known is None or text in known:
                    found[text] += count
    return found, missing


def category(value: object) -> str:
    """Return the text of a category: numbers and booleans as in JSON, `3` also for 3.0.

    A text of more than 256 characters is replaced by its SHA-256.
    """
    match value:
        case bool() | np.bool_():
            return "true" if value else "false"
        case float() | np.floating() | Decimal() if value == value // 1:
            return str(int(value))
        case bytes():
            text = value.decode("utf-8", "backslashreplace")
        case _:
            text = str(value)
    if len(text) <= MAX_NAME:
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def evenly_ranked(ascending: Numbers, size: int) -> Numbers:
    """Return at most `size` of these values: all, or those at ranks of equal distances.

    The distribution of the result differs from that of all by at most 1 / (2 * size).
    """
    count = len(ascending)
    if count <= size:
        return ascending
    return ascending[(2 * np.arange(size) + 1) * count // (2 * size)]


def spread_sample(numbers: Numbers, size: int) -> Numbers:
    """Return at most `size` of these values: all, or one of each of `size` equal parts.

    The place inside a part depends on the number of the part by a hash: it is the same each time,
    and follows no period that the rows may have.
    """
    count = len(numbers)
    if count <= size:
        return numbers
    starts = np.arange(size + 1) * count // size
    hashed = (np.arange(1, size + 1).astype(np.uint64) * _MULTIPLIER) >> _SHIFT
    places = starts[:-1] + hashed.astype(np.int64) % np.diff(starts)
    sample: Numbers = numbers[places]
    return sample


def _blocks(values: Raw) -> Iterator[Raw]:
    for start in range(0, len(values), _BLOCK):
        yield values[start : start + _BLOCK]
