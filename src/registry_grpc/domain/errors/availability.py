"""Refusals of a server that cannot answer now."""

from datetime import timedelta

from registry_grpc.domain.errors.kinds import Exhausted, RegistryError, Unavailable


class ServerOverloaded(Exhausted):
    """Too much work at once; try again."""

    reason = "SERVER_OVERLOADED"

    def __init__(self) -> None:
        super().__init__(
            "the server has more work than it can take; try again",
            retry_after=timedelta(seconds=1),
        )


class ServerDraining(Unavailable):
    """The server is shutting down."""

    reason = "SERVER_DRAINING"

    def __init__(self, resume_revision: int | None = None) -> None:
        resume = {} if resume_revision is None else {"resume_revision": resume_revision}
        super().__init__("this server is shutting down; connect again", **resume)


class StreamIdle(Unavailable):
    """Nothing moved on a stream for so long that the server ended it."""

    reason = "STREAM_IDLE"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"no message of this stream was sent or taken for {seconds:g} seconds; "
            "continue from where it stands",
            idle_seconds=f"{seconds:g}",
        )


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    reason = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the registry's database does not answer; try again")


class CommitUnknown(RegistryError):
    """The database was lost while it committed: the change exists, or it does not.

    No kind of Unavailable, of which every one says that nothing was changed.
    """

    reason = "COMMIT_UNKNOWN"

    def __init__(self, request_id: str = "") -> None:
        """request_id: that of the mutation, where it had one: a repeat with it settles it."""
        settle = (
            f"repeat the same request with request_id {request_id}"
            if request_id
            else "read the resource before you repeat the request"
        )
        metadata = {"request_id": request_id} if request_id else {}
        super().__init__(
            "the connection to the registry's database was lost during COMMIT: the change exists "
            f"or it does not; {settle}",
            **metadata,
        )


class StorageUnavailable(Unavailable):
    """The blob store does not answer."""

    reason = "STORAGE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the registry's blob store does not answer; try again")
