"""Findings as a table: the result of each rule of the promotion policies."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.names import short_ref
from modelregistry.types import Finding, FindingOutcome

_RESULTS: Final = {
    FindingOutcome.PASSED: ("PASS", "green"),
    FindingOutcome.WARNED: ("WARN", "yellow"),
    FindingOutcome.FAILED: ("FAIL", "bold red"),
    FindingOutcome.ERROR: ("ERROR", "bold red"),
}


def findings_table(findings: Iterable[Finding]) -> Table:
    """Return one row for each finding, blocking ones first.

    There is a column for the version only when there are several, and for the slice only when a
    finding has one.
    """
    rows = sorted(findings, key=lambda finding: not finding.blocks)
    several = len({item.version for item in rows}) > 1
    sliced = any(item.subject for item in rows)
    made = tables.table(*_columns(several=several, sliced=sliced))
    for item in rows:
        made.add_row(
            result_tag(item.outcome),
            *([tables.name(short_ref(item.version))] if several else []),
            formats.clean(item.policy),
            formats.clean(item.rule),
            formats.clean(item.metric) or "-",
            *([formats.clean(item.subject) or "-"] if sliced else []),
            tables.words(item.expected),
            tables.words(item.actual if item.expected else item.message),
        )
    return made


def _columns(*, several: bool, sliced: bool) -> Iterator[tables.Column]:
    yield "RESULT", "name"
    if several:
        yield "VERSION", "name"
    yield from (("POLICY", "name"), ("RULE", "name"), ("METRIC", "name"))
    if sliced:
        yield "SLICE", "name"
    yield from (("THRESHOLD", "words"), ("ACTUAL", "words"))


def result_tag(outcome: FindingOutcome | int) -> Text:
    """Return PASS, WARN, FAIL or ERROR, in its colour."""
    if isinstance(outcome, FindingOutcome):
        return Text(*_RESULTS[outcome])
    return Text(str(outcome), "bold red")
