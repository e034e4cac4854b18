"""Refusals for want of room."""

from datetime import timedelta

from registry_grpc.domain.errors.kinds import Exhausted


class QuotaExceeded(Exhausted):
    """The namespace may not hold so many bytes. Room comes as uploads end and garbage goes."""

    reason = "QUOTA_EXCEEDED"

    def __init__(self, namespace: str, quota: int, used: int, given: int) -> None:
        super().__init__(
            f"{namespace} holds {used} of {quota} bytes; {given} more do not fit: "
            "delete versions, or ask for a larger quota",
            retry_after=timedelta(minutes=1),
            resource=namespace,
            quota_bytes=quota,
            used_bytes=used,
            given=given,
        )


class TooManyUploads(Exhausted):
    """The namespace has as many uploads open, or bytes in them, as it may."""

    reason = "TOO_MANY_UPLOADS"

    def __init__(self, limit: str, allowed: int, given: int) -> None:
        super().__init__(
            f"{limit} would be {given}, the limit is {allowed}; let others end first",
            retry_after=timedelta(seconds=2),
            limit=limit,
            allowed=allowed,
            given=given,
        )


class StorageFull(Exhausted):
    """The blob store has no room."""

    reason = "STORAGE_FULL"

    def __init__(self) -> None:
        super().__init__("the blob store is full; nothing was stored")
