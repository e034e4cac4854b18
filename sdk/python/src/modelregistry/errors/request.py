"""Refusals of the call itself, whatever it is about."""

from modelregistry.errors.kinds import Conflict, Exhausted, Invalid, RegistryError


class InvalidRequest(Invalid):
    """One or more fields are wrong; `violations` lists every one."""

    REASON = "INVALID_REQUEST"


class RequestIdReused(Invalid):
    """A request id came back with a different request."""

    REASON = "REQUEST_ID_REUSED"


class EtagMismatch(Conflict):
    """The resource changed since its etag was read; `metadata["current_etag"]` is today's."""

    REASON = "ETAG_MISMATCH"


class LimitExceeded(Exhausted):
    """A documented limit; `metadata` has `limit`, `allowed` and `given`."""

    REASON = "LIMIT_EXCEEDED"


class DeadlineExceeded(RegistryError):
    """The time given to the call passed; a change may or may not have happened."""

    REASON = "DEADLINE_EXCEEDED"


class Cancelled(RegistryError):
    """The call was ended from this side."""


class NotImplementedYet(RegistryError):
    """The contract has it, this server does not serve it."""

    REASON = "NOT_IMPLEMENTED"
