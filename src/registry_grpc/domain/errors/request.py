"""Refusals of the call itself, whatever it is about."""

from collections.abc import Sequence
from typing import Self

from registry_grpc.domain.errors.kinds import Conflict, Exhausted, Invalid, RegistryError, Violation


class InvalidRequest(Invalid):
    """One or more fields are wrong; every violation is listed."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: Sequence[Violation]) -> None:
        first = violations[0]
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(f"{first.field}: {first.description}{more}", field=first.field)
        self.violations = tuple(violations)


class RequestIdReused(Invalid):
    """A `request_id` came back with a different request."""

    reason = "REQUEST_ID_REUSED"

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"request_id {request_id} was used before for a different request; use a new UUID",
            request_id=request_id,
        )


class EtagMismatch(Conflict):
    """The resource changed since the caller read it (AIP-154)."""

    reason = "ETAG_MISMATCH"

    def __init__(self, resource: str, given: str, current: str) -> None:
        super().__init__(
            f"{resource} has changed: its etag is {current}, not {given}; read it again",
            resource=resource,
            given_etag=given,
            current_etag=current,
        )


class LimitExceeded(Exhausted):
    """A documented limit (see GetTransferLimits) was exceeded. advice: what to do instead."""

    reason = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, allowed: int, given: int, advice: str = "") -> None:
        message = f"{limit} is {given}, the limit is {allowed}"
        super().__init__(
            f"{message}: {advice}" if advice else message,
            limit=limit,
            allowed=allowed,
            given=given,
        )

    @classmethod
    def of_reply(cls, allowed: int, given: int, advice: str) -> Self:
        """Return the refusal of a reply that would be too large. given: at least, or about."""
        return cls("reply size in bytes", allowed, given, advice)


class DeadlineExceeded(RegistryError):
    """The caller's deadline passed before the work was done."""

    reason = "DEADLINE_EXCEEDED"

    def __init__(self) -> None:
        super().__init__("the deadline passed before the call was done")


class NotImplementedYet(RegistryError):
    """In the contract, not yet served."""

    reason = "NOT_IMPLEMENTED"

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} is part of the contract but not served yet", method=method)
