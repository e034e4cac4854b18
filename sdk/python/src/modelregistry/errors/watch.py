"""Refusals to who follows changes: a revision not seen yet, or not kept; a reader too slow."""

from modelregistry.errors.kinds import Conflict, Exhausted, OutOfRange, Unavailable


class RevisionNotReached(Unavailable):
    """The `min_revision` is not visible at this server yet."""

    REASON = "REVISION_NOT_REACHED"


class HistoryChanged(Conflict):
    """The registry was restored from a backup: what was given belongs to the log before it.

    Etags, page tokens and revisions that were read before are worth nothing any more: read again,
    decide again. `metadata` has `history_id` and `revision`, where the log is now, and
    `given_history_id`.
    """

    REASON = "HISTORY_CHANGED"


class RevisionCompacted(OutOfRange):
    """The changes asked for are not kept any more; `metadata` has `compacted_revision`."""

    REASON = "REVISION_COMPACTED"


class WatchTooSlow(Exhausted):
    """A watch was read too slowly and was cut; `metadata` has `resume_revision`."""

    REASON = "WATCH_TOO_SLOW"
