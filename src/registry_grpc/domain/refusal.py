"""Refused calls, as the audit trail keeps them: what somebody known asked for and did not get."""

from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain import errors

NOUN = "call."
DENIED, REFUSED = "call.denied", "call.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """A call that was refused.

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
    def action(self) -> str:
        """`call.denied` where a role did not suffice, `call.refused` where a rule said no."""
        denied = self.reason == errors.PermissionDenied.reason
        return DENIED if denied else REFUSED


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused call as recorded.

    number: counts the recorded ones from 1. revision: the newest when it was recorded. omitted: how
    many refused calls since the one before could not be recorded.
    """

    number: int
    revision: int
    call: RefusedCall
    omitted: int = 0


def belongs_in_the_trail(error: errors.RegistryError, *, changing: bool) -> bool:
    """Whether a call refused so is kept; changing: whether its method changes anything."""
    return error.audited and (changing or isinstance(error, errors.PermissionDenied))
