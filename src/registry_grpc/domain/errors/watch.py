"""Refusals to who follows changes: a revision not seen yet, or not kept; a reader too slow."""

from datetime import timedelta

from registry_grpc.domain.errors.kinds import Conflict, Exhausted, OutOfRange, Unavailable


class RevisionNotReached(Unavailable):
    """This server has not yet seen the `min_revision` asked for."""

    reason = "REVISION_NOT_REACHED"

    def __init__(self, wanted: int, current: int) -> None:
        super().__init__(
            f"revision {wanted} is not visible here yet (now at {current}); try again",
            min_revision=wanted,
            revision=current,
        )


class HistoryChanged(Conflict):
    """What was given belongs to another change log: the registry was restored from a backup."""

    reason = "HISTORY_CHANGED"

    def __init__(self, given: str, current: str, revision: int) -> None:
        super().__init__(
            f"the registry was restored from a backup: its history is {current} (at revision "
            f"{revision}), not {given}; drop what is kept from before and read the present state",
            history_id=current,
            given_history_id=given,
            revision=revision,
        )


class RevisionCompacted(OutOfRange):
    """The changes asked for are not kept any more."""

    reason = "REVISION_COMPACTED"

    def __init__(self, wanted: int, compacted: int, current: int) -> None:
        super().__init__(
            f"changes up to revision {compacted} are not kept any more; {wanted} was asked for: "
            "read the present state anew",
            compacted_revision=compacted,
            revision=current,
        )


class WatchTooSlow(Exhausted):
    """A watch fell too far behind and was cut, so that it slows no other."""

    reason = "WATCH_TOO_SLOW"

    def __init__(self, resume_revision: int) -> None:
        super().__init__(
            f"the watch was read too slowly; resume it from revision {resume_revision}",
            retry_after=timedelta(seconds=1),
            resume_revision=resume_revision,
        )
