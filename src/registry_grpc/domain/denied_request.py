"""Denied requests, as the audit trail keeps them: what a known caller requested without success."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain import errors


class DenialAction(StrEnum):
    """The actions of denied requests: no permission, or forbidden by a rule or the state."""

    PERMISSION_DENIED = "permission.denied"
    PRECONDITION_FAILED = "precondition.failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedRequest:
    """A request that was denied.

    method: full name. name: the resource that the request named, canonical where it could be, ''
    when it named none. reason: of the error, such as `GATE_REFUSED`. causes: every obstacle.
    request_id: of the call, as its caller and the server's log have it.
    """

    actor: str
    method: str
    name: str
    reason: str
    message: str
    causes: tuple[str, ...]
    request_id: str
    time: datetime

    @property
    def action(self) -> DenialAction:
        """Why it was denied, in general."""
        if self.reason == errors.PermissionDenied.reason:
            return DenialAction.PERMISSION_DENIED
        return DenialAction.PRECONDITION_FAILED


@dataclass(frozen=True, slots=True)
class DeniedRequestEntry:
    """A denied request as recorded.

    number: counts the recorded ones from 1. revision: the newest when it was recorded. omitted: how
    many denied requests since the one before could not be recorded.
    """

    number: int
    revision: int
    request: DeniedRequest
    omitted: int = 0


def belongs_in_the_trail(error: errors.RegistryError, *, changing: bool) -> bool:
    """Whether a request denied so is kept; changing: whether its method changes anything."""
    return error.audited and (changing or isinstance(error, errors.PermissionDenied))
