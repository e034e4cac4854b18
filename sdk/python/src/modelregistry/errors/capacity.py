"""Refusals for want of room."""

from modelregistry.errors.kinds import Exhausted


class QuotaExceeded(Exhausted):
    """The namespace's quota; `metadata` has `quota_bytes`, `used_bytes` and `given`."""

    REASON = "QUOTA_EXCEEDED"


class TooManyUploads(Exhausted):
    """The namespace has as many open uploads, or bytes in them, as it may; see `retry_after`."""

    REASON = "TOO_MANY_UPLOADS"


class StorageFull(Exhausted):
    """The blob store has no room."""

    REASON = "STORAGE_FULL"
