"""The section of a report about the differences from another version."""

from collections.abc import Sequence

from modelregistry.names import short_ref
from modelregistry.report.page import Section, table
from modelregistry.report.wording import NOTHING, number
from modelregistry.types import Report


def comparison(report: Report) -> Sequence[Section]:
    """Return the differences, if the report has a version to compare with."""
    diff = report.against
    if diff is None:
        return []
    rows = [
        (one.section, one.key, _value(one.before), _value(one.after)) for one in diff.differences
    ]
    other = short_ref(diff.before)
    columns = ("Section", "Name", other, short_ref(diff.after))
    return [Section(f"Differences from {other}", table(columns, rows))]


def _value(value: str | float | None) -> str:
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else number(float(value))
