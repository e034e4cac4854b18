"""Findings as a table: what the rules of policies said."""

from collections.abc import Iterable
from typing import Final

from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.names import short_ref
from modelregistry.types import Finding, FindingOutcome

_STYLES: Final = {
    FindingOutcome.PASSED: "green",
    FindingOutcome.WARNED: "yellow",
    FindingOutcome.FAILED: "bold red",
    FindingOutcome.ERROR: "bold red",
}


def findings_table(findings: Iterable[Finding]) -> Table:
    """Return the table, what refuses first."""
    made = tables.table(
        *(("", "name"), ("VERSION", "name"), ("POLICY", "name"), ("RULE", "name")),
        *(("OF", "name"), ("WANTED", "words"), ("FOUND", "words")),
    )
    for item in sorted(findings, key=lambda finding: not finding.refuses):
        of = " ".join(part for part in (item.metric, item.subject) if part)
        made.add_row(
            outcome_tag(item.outcome),
            tables.name(short_ref(item.version)),
            formats.clean(item.policy),
            formats.clean(item.rule),
            formats.clean(of) or "-",
            tables.words(item.expected),
            tables.words(item.actual if item.expected else item.message),
        )
    return made


def outcome_tag(outcome: FindingOutcome | int) -> Text:
    """Return how a rule ended, in its colour."""
    if isinstance(outcome, FindingOutcome):
        return Text(outcome.name.lower(), _STYLES[outcome])
    return Text(str(outcome), "bold red")
