"""Refusals to who follows changes: a revision not seen yet, or not kept; a reader too slow."""

from modelregistry.errors.kinds import Exhausted, OutOfRange, Unavailable


class RevisionNotReached(Unavailable):
    """The `min_revision` is not visible at this server yet."""

    REASON = "REVISION_NOT_REACHED"


class RevisionCompacted(OutOfRange):
    """The changes asked for are not kept any more; `metadata` has `compacted_revision`."""

    REASON = "REVISION_COMPACTED"


class WatchTooSlow(Exhausted):
    """A watch was read too slowly and was cut; `metadata` has `resume_revision`."""

    REASON = "WATCH_TOO_SLOW"
