"""A server that cannot answer: too busy, shutting down, cut off from its stores, or broken."""

from modelregistry.errors.kinds import Exhausted, RegistryError, Unavailable


class ServerOverloaded(Exhausted):
    """Too much work at once; `retry_after` says when to try again."""

    REASON = "SERVER_OVERLOADED"


class ServerDraining(Unavailable):
    """The server is shutting down."""

    REASON = "SERVER_DRAINING"


class StreamIdle(Unavailable):
    """The server ended a stream on which nothing moved; transfers and watches continue."""

    REASON = "STREAM_IDLE"


class DatabaseUnavailable(Unavailable):
    """The server's database does not answer."""

    REASON = "DATABASE_UNAVAILABLE"


class StorageUnavailable(Unavailable):
    """The server's blob store does not answer."""

    REASON = "STORAGE_UNAVAILABLE"


class InternalError(RegistryError):
    """A bug of the server; `metadata["incident_id"]` is in its log with the cause."""

    REASON = "INTERNAL"


class UnknownError(RegistryError):
    """A status that means nothing more precise."""


class CommitUnknown(UnknownError):
    """A change was asked for, and it cannot be known whether it was made.

    The registry lost its database during COMMIT, or this client lost the registry before the reply,
    and the time of the call was too short to find out. `request_id` (also in `metadata`) is that of
    the change: the same call with that `request_id` gives the reply that was lost, or makes the
    change now; either way it exists once. It is '' for the methods without one, which can be
    repeated as they are.
    """

    REASON = "COMMIT_UNKNOWN"
