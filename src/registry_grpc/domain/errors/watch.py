"""Errors of watches and lookups at a revision: not seen yet, no longer retained, too slow."""

from datetime import timedelta

from registry_grpc.domain.errors.kinds import Conflict, Exhausted, OutOfRange, Unavailable


class RevisionNotReached(Unavailable):
    """The `min_revision` is not visible at this server yet."""

    reason = "REVISION_NOT_REACHED"
    text = "revision {min_revision} is not visible here yet (now at {revision}); try again"

    def __init__(self, wanted: int, current: int) -> None:
        super().__init__(min_revision=wanted, revision=current)


class HistoryChanged(Conflict):
    """The given position belongs to another change log: the registry was restored from a backup."""

    reason = "HISTORY_CHANGED"
    text = (
        "the registry was restored from a backup: its history is {history_id} (at revision "
        "{revision}), not {given_history_id}; discard what was read before and read the present "
        "state"
    )

    def __init__(self, given: str, current: str, revision: int) -> None:
        super().__init__(history_id=current, given_history_id=given, revision=revision)


class RevisionCompacted(OutOfRange):
    """The requested changes are no longer retained."""

    reason = "REVISION_COMPACTED"

    def __init__(self, wanted: int, compacted: int, current: int) -> None:
        super().__init__(
            f"changes up to revision {compacted} are no longer retained; {wanted} was asked for: "
            "read the present state again",
            compacted_revision=compacted,
            revision=current,
        )


class WatchTooSlow(Exhausted):
    """A watch fell too far behind; the server ended it, so that it slows no other."""

    reason = "WATCH_TOO_SLOW"
    text = "the watch was read too slowly; resume it from revision {resume_revision}"

    def __init__(self, resume_revision: int) -> None:
        super().__init__(retry_after=timedelta(seconds=1), resume_revision=resume_revision)
