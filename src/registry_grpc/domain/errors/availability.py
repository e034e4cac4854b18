"""Refusals of a server that cannot answer now."""

from datetime import timedelta

from registry_grpc.domain.errors.kinds import Exhausted, Unavailable


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


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    reason = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the registry's database does not answer; try again")


class StorageUnavailable(Unavailable):
    """The blob store does not answer."""

    reason = "STORAGE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the registry's blob store does not answer; try again")
