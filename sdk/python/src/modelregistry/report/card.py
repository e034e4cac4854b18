"""The sections of a report, in order."""

from modelregistry.report.comparison import comparison
from modelregistry.report.history import history
from modelregistry.report.origin import files, identity, origin
from modelregistry.report.page import Page
from modelregistry.report.quality import quality
from modelregistry.report.wording import moment
from modelregistry.types import Report


def card(report: Report) -> Page:
    """Return the whole page of a report."""
    as_of = f"as of {moment(report.time)}, " if report.time else ""
    mixed = "" if report.of_one_moment else " It changed during reading: parts may be older."
    return Page(
        title=f"Model card of {report.version.ref}",
        subtitle=f"All facts in the registry, {as_of}revision {report.revision}.{mixed}",
        sections=[
            *identity(report),
            *quality(report),
            *comparison(report),
            *history(report),
            *origin(report),
            *files(report),
        ],
    )
