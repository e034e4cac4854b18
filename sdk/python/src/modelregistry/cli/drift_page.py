"""The page of a comparison: a sparkline for each column, and a line for each statistic."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry import drift
from modelregistry.cli import facts, formats, tables
from modelregistry.drift import ColumnComparison, Comparison, DriftResult

_LEVELS: Final = " ▁▂▃▄▅▆▇█"
_MAX_BARS: Final = 12
_STYLES: Final = {"none": "green", "moderate": "yellow", "drift": "yellow", "large": "bold red"}


def drift_page(found: Comparison, ref: str) -> Iterator[RenderableType]:
    """Yield the parts of the page. ref: the version whose profile was compared."""
    yield tables.name(ref)
    yield facts.grid(
        [
            ("reference", f"{found.reference_rows:,} rows"),
            ("compared", f"{found.rows:,} rows"),
            ("not in the profile", formats.clean(", ".join(found.other_columns))),
        ]
    )
    yield from facts.section("Columns", _columns(found.columns))
    yield from facts.section("Drift", _results(found.results))
    yield from facts.section("Without an answer", _skipped(found))


def _columns(columns: Sequence[ColumnComparison]) -> Table:
    made = tables.table(
        *(("COLUMN", "name"), ("KIND", "name"), ("REFERENCE", "name"), ("NOW", "name")),
        ("MISSING", "number"),
    )
    for column in columns:
        if column.bins:
            before = [each.reference for each in column.bins]
            now = [each.current for each in column.bins]
            longest = max(max(before) / sum(before), max(now) / sum(now))
            made.add_row(
                tables.name(column.name),
                column.kind.value,
                _sparkline(before, longest, "dim"),
                _sparkline(now, longest, "green"),
                f"{column.missing:,}",
            )
    return made


def _sparkline(counts: Sequence[int], longest: float, style: str) -> Text:
    """Return a bar for each bin; longest: the share that has the highest bar."""
    total, top = sum(counts), len(_LEVELS) - 1
    levels = [math.ceil(count / total / longest * top) for count in counts]
    bars = "".join(_LEVELS[min(level, top)] for level in levels[:_MAX_BARS])
    return Text(f"{bars}{'…' if len(counts) > _MAX_BARS else ''}", style)


def _results(results: Sequence[DriftResult]) -> Table:
    made = tables.table(
        *(("COLUMN", "name"), ("METHOD", "name"), ("STATISTIC", "number"), ("P", "number")),
        *(("N", "number"), ("N NOW", "number"), ("HINT", "name")),
    )
    for each in results:
        said = drift.hint(each)
        made.add_row(
            tables.name(each.subject),
            each.method,
            f"{each.statistic:.4g}",
            "-" if each.p_value is None else f"{each.p_value:.2g}",
            _count(each.reference_count, sampled=each.reference_sampled),
            _count(each.current_count, sampled=each.current_sampled),
            Text(said or "-", _STYLES.get(said, "dim")),
        )
    return made


def _count(count: int, *, sampled: bool) -> str:
    """Return a number of values; with a `~` if they are a sample."""
    return f"{'~' if sampled else ''}{count:,}"


def _skipped(found: Comparison) -> Table:
    made = tables.table(("COLUMN", "name"), ("METHOD", "name"), ("REASON", "words"))
    for each in found.skipped:
        made.add_row(tables.name(each.subject), each.method or "all", formats.clean(each.reason))
    return made
