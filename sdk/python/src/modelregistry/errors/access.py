"""Refusals by who is calling: tokens and roles."""

from modelregistry.errors.kinds import NotFound, RegistryError, Unauthenticated


class TokenRequired(Unauthenticated):
    """The registry wants a token."""

    REASON = "TOKEN_REQUIRED"


class TokenInvalid(Unauthenticated):
    """The token is unknown, revoked or expired."""

    REASON = "TOKEN_INVALID"


class TokenNotFound(NotFound):
    """No access token has this id."""

    REASON = "TOKEN_NOT_FOUND"


class PermissionDenied(RegistryError):
    """The caller's role does not include this."""

    REASON = "PERMISSION_DENIED"
