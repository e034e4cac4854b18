"""A report as a page: which sections there are, in which order."""

from modelregistry.report.history import history
from modelregistry.report.origin import files, identity, origin
from modelregistry.report.page import Page
from modelregistry.report.quality import quality
from modelregistry.report.wording import moment
from modelregistry.types import Report


def card(report: Report) -> Page:
    """Return the whole page of a report."""
    as_of = f"as of {moment(report.time)}, " if report.time else ""
    mixed = "" if report.of_one_moment else " It changed while it was read: parts may be older."
    return Page(
        title=f"Model card of {report.version.ref}",
        subtitle=f"What the registry knows of it, {as_of}revision {report.revision}.{mixed}",
        sections=[
            *identity(report),
            *quality(report),
            *history(report),
            *origin(report),
            *files(report),
        ],
    )
