"""Refusals for want of room."""

from modelregistry.errors.kinds import Exhausted


class QuotaExceeded(Exhausted):
    """The namespace's quota; `metadata` has `quota_bytes`, `used_bytes` and `given`."""

    REASON = "QUOTA_EXCEEDED"


class TooManyUploads(Exhausted):
    """The namespace has as many open uploads, or bytes in them, as it may; see `retry_after`."""

    REASON = "TOO_MANY_UPLOADS"


class CallerLimitExceeded(Exhausted):
    """This caller has as much open as one caller may; `metadata` has `limit` and `allowed`."""

    REASON = "CALLER_LIMIT_EXCEEDED"


class StorageFull(Exhausted):
    """The blob store has no room; `metadata` may have `free_bytes` and `needed_bytes`."""

    REASON = "STORAGE_FULL"


class DatabaseFull(Exhausted):
    """The disk of the registry's database is full, and nothing was changed; reading still works."""

    REASON = "DATABASE_FULL"
