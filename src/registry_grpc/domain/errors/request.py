"""Errors of the call itself, whatever it is about: credentials, form, limits, deadline."""

from collections.abc import Sequence
from typing import Self

from registry_grpc.domain.errors.kinds import (
    Conflict,
    Exhausted,
    Invalid,
    NotFound,
    RegistryError,
    Unauthenticated,
    Violation,
)


class TokenRequired(Unauthenticated):
    """The registry requires a bearer token."""

    reason = "TOKEN_REQUIRED"
    text = (
        "this registry requires a token: send `authorization: Bearer <token>` "
        "(made by `registry-grpc token create`)"
    )


class TokenInvalid(Unauthenticated):
    """The token is unknown, revoked or expired; the message never says which."""

    reason = "TOKEN_INVALID"
    text = "the token is not valid"


class TokenNotFound(NotFound):
    """No token has this id."""

    reason = "TOKEN_NOT_FOUND"
    resource_type = "token"


class PermissionDenied(RegistryError):
    """The caller's role does not include the permission that the method declares."""

    reason = "PERMISSION_DENIED"
    audited = True
    text = "{principal} has role {role}, which does not include '{permission}'"

    def __init__(self, principal: str, role: str, permission: str) -> None:
        super().__init__(principal=principal, role=role, permission=permission)


class InvalidRequest(Invalid):
    """One or more fields are wrong; every violation is listed."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: Sequence[Violation]) -> None:
        first = violations[0]
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(f"{first.field}: {first.description}{more}", field=first.field)
        self.violations = tuple(violations)


class RequestIdReused(Invalid):
    """The `request_id` was used before for a different request."""

    reason = "REQUEST_ID_REUSED"
    text = "request_id {request_id} was used before for a different request; use a new UUID"

    def __init__(self, request_id: str) -> None:
        super().__init__(request_id=request_id)


class EtagMismatch(Conflict):
    """The resource changed since the caller read it (AIP-154)."""

    reason = "ETAG_MISMATCH"
    text = "{resource} has changed: its etag is {current_etag}, not {given_etag}; read it again"

    def __init__(self, resource: str, given: str, current: str) -> None:
        super().__init__(resource=resource, given_etag=given, current_etag=current)


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
        """Return the error of a reply that would be too large. given: at least, or about."""
        return cls("reply size in bytes", allowed, given, advice)


class DeadlineExceeded(RegistryError):
    """The caller's deadline passed before the work was done."""

    reason = "DEADLINE_EXCEEDED"
    text = "the deadline passed before the call was done"


class NotImplementedYet(RegistryError):
    """The contract has the method, and this release does not serve it."""

    reason = "NOT_IMPLEMENTED"
    text = "{method} is part of the contract but not served yet"

    def __init__(self, method: str) -> None:
        super().__init__(method=method)
