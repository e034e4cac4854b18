"""The reason that a caller states for a change: a sentence stored in the history."""

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

MAX_BYTES = 4_096


def check_reason(reason: str, *, field: str = "reason", required: bool = False) -> None:
    """Raise InvalidRequest, naming the request's field, for a reason that cannot be kept.

    required: whether it must say something.
    """
    found = Violations()
    said = bool(reason.strip()) or not required
    found.check(field, said, "is required: it is what the record will say")
    check_text(found, field, reason, MAX_BYTES)
    found.raise_if_any()
