"""Parts of page tokens of lineage; tokens are not signed, so a forged one is refused here."""

from uuid import UUID

from registry_grpc.domain.ids import uuid
from registry_grpc.domain.lineage import EdgeRole
from registry_grpc.domain.violations import invalid


def token_uid(part: str | int) -> UUID:
    """Return a uid; raise InvalidRequest for another text."""
    try:
        return uuid(str(part))
    except ValueError:
        raise _forged() from None


def token_role(part: str | int) -> EdgeRole:
    """Return a role; raise InvalidRequest for another text."""
    try:
        return EdgeRole(str(part))
    except ValueError:
        raise _forged() from None


def _forged() -> Exception:
    return invalid("page_token", "is not a token of this query; start from the first page")
