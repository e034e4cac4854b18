"""Optional times in requests."""

from datetime import datetime

from google.protobuf.message import Message

from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.time import moment


def given_moment(found: Violations, request: Message, field: str) -> datetime | None:
    """Return the time in a field, None if it is absent; note one that is none."""
    if not request.HasField(field):
        return None
    try:
        return moment(getattr(request, field))
    except ValueError as error:
        found.add(field, str(error))
        return None
