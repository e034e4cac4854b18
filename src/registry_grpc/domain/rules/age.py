"""The maximum age of evidence."""

from datetime import timedelta

from registry_grpc.domain.evidence import Record
from registry_grpc.domain.rules.check import Case, Verdict, refused
from registry_grpc.domain.violations import Violations

_MOST = timedelta(days=3_650)


def too_old(case: Case, record: Record, most: timedelta | None, metric: str) -> Verdict | None:
    """Return a failed verdict when a record is older than `most` (None: no maximum)."""
    if most is None or case.now - record.time <= most:
        return None
    return refused(
        f"{metric} was recorded at {record.time:%Y-%m-%d %H:%M:%S}Z, longer than {most} ago",
        "",
        metric,
        f"not older than {most}",
        f"{record.time:%Y-%m-%d %H:%M:%S}Z",
    )


def check_age(found: Violations, path: str, most: timedelta | None) -> None:
    """Add a violation for an age that is not positive, or longer than ten years."""
    if most is not None:
        found.check(path, timedelta(0) < most <= _MOST, "must be above 0 and at most 3,650 days")
