"""Names of bins, for people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from modelregistry.drift.profiles import ColumnKind, ColumnProfile

OTHER: Final = "other"
MISSING: Final = "missing"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def of(profile: ColumnProfile) -> Iterator[str]:
    """Yield the names of the bins of a column, and of that of missing values."""
    if profile.kind.is_ordered:
        yield from _ranges([edge_text(profile.kind, edge) for edge in profile.edges])
    else:
        yield from profile.categories
        yield OTHER
    yield MISSING


def edge_text(kind: ColumnKind, edge: float) -> str:
    """Return an edge as a number, or as a time such as `2026-05-03T12:00:00Z`."""
    if kind == ColumnKind.DATETIME:
        try:
            time = _EPOCH + timedelta(seconds=edge)
        except OverflowError:
            pass  # beyond the years that Python knows
        else:
            return time.isoformat().replace("+00:00", "Z")
    return f"{edge:.6g}"


def _ranges(edges: list[str]) -> Iterator[str]:
    if not edges:
        yield "any"
        return
    yield f"< {edges[0]}"
    for low, high in pairwise(edges):
        yield f"{low} to {high}" if low != high else f"= {low}"
    # The last two edges may be a value and the next double: the values above it.
    yield f"{'>' if edges[-1] in edges[-2:-1] else '≥'} {edges[-1]}"
