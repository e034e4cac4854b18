"""Errors of a server that cannot answer now."""

from datetime import timedelta

from registry_grpc.domain.database_fault import DatabaseFault
from registry_grpc.domain.errors.capacity import DatabaseFull
from registry_grpc.domain.errors.kinds import Exhausted, RegistryError, Unavailable


class ServerOverloaded(Exhausted):
    """The server has too much work at once."""

    reason = "SERVER_OVERLOADED"
    text = "the server has more work than it can take; try again"

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))


class ServerDraining(Unavailable):
    """The server is shutting down."""

    reason = "SERVER_DRAINING"
    text = "this server is shutting down; connect again"

    def __init__(self, resume_revision: int | None = None) -> None:
        known = {} if resume_revision is None else {"resume_revision": str(resume_revision)}
        super().__init__(**known)


class StreamIdle(Unavailable):
    """The server ended a stream without messages."""

    reason = "STREAM_IDLE"
    text = (
        "no message of this stream was sent or received for {idle_seconds} seconds; "
        "continue it from its last position"
    )

    def __init__(self, seconds: float) -> None:
        super().__init__(idle_seconds=f"{seconds:g}")


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    reason = "DATABASE_UNAVAILABLE"
    text = "the registry's database does not answer; try again"

    def __init__(self, *, fault: DatabaseFault | None = None) -> None:
        """fault: what is wrong, for operators."""
        super().__init__()
        self.fault = fault
        self.cause = "" if fault is None else str(fault)


class DatabaseReadOnly(Unavailable):
    """The database answers reads and accepts no changes, such as a standby."""

    reason = "DATABASE_READ_ONLY"
    text = "the registry's database accepts no changes at present; reads work; try again"

    def __init__(self, *, fault: DatabaseFault | None = None) -> None:
        """fault: what is wrong, for operators."""
        super().__init__()
        self.fault = fault
        self.cause = "" if fault is None else str(fault)


DATABASE_OUTAGES = (DatabaseUnavailable, DatabaseReadOnly, DatabaseFull)
"""The errors of a database that cannot do now what it can do at another time."""


class ClockUnsettled(Unavailable):
    """The clock of this server is in doubt, so that it makes no changes."""

    reason = "CLOCK_UNSETTLED"
    text = (
        "the clock of this server is in doubt, so it makes no changes; reads work; ask the "
        "operators of the registry to correct or settle the clock"
    )

    def __init__(self, *, doubts: str = "") -> None:
        """doubts: why, for operators."""
        super().__init__()
        self.cause = doubts


class StorageUnavailable(Unavailable):
    """The blob store does not answer."""

    reason = "STORAGE_UNAVAILABLE"
    text = "the registry's blob store does not answer; try again"

    def __init__(self, cause: str = "") -> None:
        """cause: see `RegistryError`."""
        super().__init__()
        self.cause = cause


class CommitUnknown(RegistryError):
    """The database was lost while it committed: the change exists, or it does not.

    Not a kind of Unavailable: each of those says that nothing was changed.
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
