"""Why somebody changed something: a sentence kept in the history."""

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

MAX_BYTES = 4_096


def check_reason(reason: str) -> None:
    """Raise InvalidRequest for a reason that cannot be kept."""
    found = Violations()
    check_text(found, "reason", reason, MAX_BYTES)
    found.raise_if_any()
