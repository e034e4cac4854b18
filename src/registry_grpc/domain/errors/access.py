"""Refusals by who is calling: tokens and roles."""

from registry_grpc.domain.errors.kinds import Denied, NotFound, Unauthenticated


class TokenRequired(Unauthenticated):
    """A bearer token is needed."""

    reason = "TOKEN_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "this registry needs a token: send `authorization: Bearer <token>` "
            "(made by `registry-grpc token create`)"
        )


class TokenInvalid(Unauthenticated):
    """The token is unknown, revoked or expired; the message never says which."""

    reason = "TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("the token is not valid")


class TokenNotFound(NotFound):
    """No token has this id."""

    reason = "TOKEN_NOT_FOUND"
    resource_type = "token"


class PermissionDenied(Denied):
    """The caller's role lacks the permission that the method declares."""

    reason = "PERMISSION_DENIED"

    def __init__(self, principal: str, role: str, permission: str) -> None:
        super().__init__(
            f"{principal} has role {role}, which does not include {permission!r}",
            principal=principal,
            role=role,
            permission=permission,
        )
