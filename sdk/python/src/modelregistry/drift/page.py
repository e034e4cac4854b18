"""Comparisons as a self-contained page of HTML: no script, no other file, no connection."""

from collections.abc import Iterator, Sequence
from typing import Final

from modelregistry.drift.assessing import hint
from modelregistry.drift.results import Bin, ColumnComparison, Comparison
from modelregistry.report.html_page import written
from modelregistry.report.page import Bar, Bars, Block, Page, Section, Table, facts, table
from modelregistry.report.wording import number

_COLUMNS: Final = ("Method", "Statistic", "p-value", "Reference n", "Current n", "Hint")
_MAX_BARS: Final = 30
"""The bins that fit on a screen; the first ones of more."""


def html(comparison: Comparison, *, title: str) -> str:
    """Return a comparison as a page of HTML, which is well-formed XML as well.

    Equal comparisons give equal text. Hints are those of `hint`.
    """
    columns = sorted(comparison.columns, key=_rank)
    page = Page(
        title=title,
        subtitle=(
            f"{comparison.rows:,} rows, compared with a reference of "
            f"{comparison.reference_rows:,}. Bars: the reference above, the compared table below."
        ),
        sections=[_about(comparison), *(Section(each.name, [*_blocks(each)]) for each in columns)],
    )
    return written(page)


def _rank(column: ColumnComparison) -> float:
    """Return the place of a column: the most drift by `psi` first, those not compared last."""
    return -next((each.statistic for each in column.results if each.method == "psi"), -1.0)


def _about(comparison: Comparison) -> Section:
    return Section(
        "Comparison",
        [
            *facts(
                ("profile", comparison.profile_digest),
                ("rows of the reference", f"{comparison.reference_rows:,}"),
                ("rows", f"{comparison.rows:,}"),
                ("not in the profile", ", ".join(comparison.other_columns)),
            ),
            *table(
                ("Column", "Method", "Reason"),
                [(each.subject, each.method or "all", each.reason) for each in comparison.skipped],
                "Without an answer",
            ),
        ],
    )


def _blocks(column: ColumnComparison) -> Iterator[Block]:
    if column.bins:
        yield Bars(f"{column.name}, {column.kind.value}", _bars(column.bins))
    yield from _results(column)


def _bars(bins: Sequence[Bin]) -> Sequence[Bar]:
    before, now = (sum(each.reference for each in bins), sum(each.current for each in bins))
    return [
        Bar(each.label, each.reference / before, each.current / now) for each in bins[:_MAX_BARS]
    ]


def _results(column: ColumnComparison) -> Sequence[Table]:
    rows = [
        (
            each.method,
            number(each.statistic),
            "" if each.p_value is None else number(each.p_value),
            f"{each.reference_count:,}{' (sample)' if each.reference_sampled else ''}",
            f"{each.current_count:,}{' (sample)' if each.current_sampled else ''}",
            hint(each),
        )
        for each in column.results
    ]
    return table(_COLUMNS, rows, numbers=frozenset({1, 2, 3, 4}))
