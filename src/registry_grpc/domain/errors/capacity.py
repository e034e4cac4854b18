"""Errors of a lack of room."""

from datetime import timedelta

from registry_grpc.domain.database_fault import DatabaseFault
from registry_grpc.domain.errors.kinds import Exhausted


class QuotaExceeded(Exhausted):
    """The namespace's quota would be exceeded. Room comes as uploads end and garbage goes."""

    reason = "QUOTA_EXCEEDED"
    text = (
        "{resource} uses {used_bytes} of {quota_bytes} bytes; {given} more do not fit: "
        "delete versions, or ask for a larger quota"
    )

    def __init__(self, namespace: str, quota: int, used: int, given: int) -> None:
        super().__init__(
            retry_after=timedelta(minutes=1),
            resource=namespace,
            quota_bytes=quota,
            used_bytes=used,
            given=given,
        )


class TooManyUploads(Exhausted):
    """The namespace has as many open uploads, or bytes in them, as it may."""

    reason = "TOO_MANY_UPLOADS"
    text = "{limit} would be {given}, the limit is {allowed}; wait until other uploads end"

    def __init__(self, limit: str, allowed: int, given: int) -> None:
        super().__init__(
            retry_after=timedelta(seconds=2), limit=limit, allowed=allowed, given=given
        )


class TooManyDeployments(Exhausted):
    """The namespace, or one principal in it, has as many live instances or bytes as it may."""

    reason = "TOO_MANY_DEPLOYMENTS"
    text = "{limit} would be {given}, the limit is {allowed}; end instances that are not needed"

    def __init__(self, limit: str, allowed: int, given: int) -> None:
        super().__init__(
            retry_after=timedelta(seconds=30), limit=limit, allowed=allowed, given=given
        )


class CallerLimitExceeded(Exhausted):
    """One caller has as much open as one caller may; other callers are not affected."""

    reason = "CALLER_LIMIT_EXCEEDED"
    text = "one caller may have at most {allowed} {limit}; wait until others of this caller end"

    def __init__(
        self, limit: str, allowed: int, *, retry_after: timedelta = timedelta(seconds=2)
    ) -> None:
        super().__init__(retry_after=retry_after, limit=limit, allowed=allowed)


class StorageFull(Exhausted):
    """The blob store has no room. free, needed: bytes, None where they are not known."""

    reason = "STORAGE_FULL"

    def __init__(
        self, free: int | None = None, needed: int | None = None, *, cause: str = ""
    ) -> None:
        """cause: see `RegistryError`."""
        self.cause = cause
        super().__init__(
            f"the blob store is full{_figures(free, needed)}; nothing was stored",
            retry_after=timedelta(minutes=1),
            **_metadata(free, needed),
        )


class DatabaseFull(Exhausted):
    """The disk of the database is full. free, needed: bytes, None where they are not known."""

    reason = "DATABASE_FULL"

    def __init__(
        self,
        free: int | None = None,
        needed: int | None = None,
        *,
        fault: DatabaseFault | None = None,
    ) -> None:
        """fault: what is wrong, for operators; None if the registry itself keeps the room."""
        self.fault = fault
        self.cause = "" if fault is None else str(fault)
        super().__init__(
            f"the disk of the registry's database is full{_figures(free, needed)}; nothing was "
            "changed: abort uploads, delete versions or collect garbage to make room",
            retry_after=timedelta(minutes=1),
            **_metadata(free, needed),
        )


def _figures(free: int | None, needed: int | None) -> str:
    if free is None or needed is None:
        return ""
    return f": {needed} bytes are needed, {free} are free"


def _metadata(free: int | None, needed: int | None) -> dict[str, int]:
    figures = {"free_bytes": free, "needed_bytes": needed}
    return {name: figure for name, figure in figures.items() if figure is not None}
