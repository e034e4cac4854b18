"""The ports to the change log: what happened, in order, and who says that more has happened."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from registry_grpc.domain.change import Event
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import EVERYTHING, Wanted


class Log(Protocol):
    """What happened, and what there is now. Versions come without detail."""

    def time_of(self, revision: int) -> datetime | None:
        """Return the time of a revision; None when its changes are not kept, or never were."""

    def begin_history(self, after: str, new: str) -> bool:
        """Make `new` the history of this log, if it still is `after`; return whether it did.

        From then on the collection of garbage is held (see `held`). To be called in a write.
        """

    @property
    def held(self) -> bool:
        """Whether garbage may not be collected, because the database was restored.

        The bytes of versions that were acknowledged after the backup look like garbage then.
        """

    def release(self) -> bool:
        """Let garbage be collected again; return whether it was held. To be called in a write."""

    @property
    def compacted(self) -> int:
        """The newest revision that is not kept for watching any more; 0 at first."""

    def events(
        self, after: int, limit: int, wanted: Wanted = EVERYTHING, *, upto: int | None = None
    ) -> Sequence[Event]:
        """Return wanted events of revisions above `after`, at most `upto`, by (revision, index).

        Transactions are never divided: as many of them as it takes for `limit` events (at least
        1), all wanted events of each; of those that are more than PAGE_BYTES the first ones.
        None mean that there are no more. What is compacted is returned as well: to refuse it is the
        caller's part.
        """

    @property
    def trimmed(self) -> int:
        """The newest revision whose changes are not kept at all any more; 0 at first."""

    def entries(self, selection: Selection, span: Span, limit: int) -> Sequence[Event]:
        """Return the first `limit` selected events of a span of revisions, in its direction.

        Transactions are never divided, as in `events`. Newest first, their events are too.
        """

    def keep_for(self, days: int) -> int:
        """Keep the trail for so many days, 0 for ever; return for how many it is kept.

        That may be another number: a role that serves need not have the right to change it.
        """

    def trim(self, upto: int, most: int) -> int:
        """Remove the oldest changes, up to this revision; return what `trimmed` is now.

        About `most` of them go at once, whole transactions, and none that is kept for watching.
        They are gone for good. To be called in a write.
        """

    def compact(self, upto: int) -> int:
        """Keep changes up to this revision for watching no longer; return what is compacted now.

        It never goes back and never beyond the newest revision. The events stay, as audit trail.
        To be called in a write or a change.
        """

    def state(self, wanted: Wanted = EVERYTHING) -> Iterator[Resource]:
        """Yield what there is: namespaces, then models, then versions, then aliases.

        Not: deleted versions; deleted models and what belongs to them. To be read to its end or
        closed within the transaction, which it takes in portions: memory stays bounded.
        """


class Listener(Protocol):
    """Tells that something may have changed, whoever changed it: a hint, never the news itself.

    Used by one thread at a time, but for `close`.
    """

    def wait(self, seconds: float) -> bool:
        """Block until there may have been a commit since the last call, or for so many seconds.

        Returns whether there may have been one: True at once the first time, and the first time
        after an outage. Raises DatabaseUnavailable while the database is away, perhaps at once; the
        next call tries to connect again. After `close` it returns False at once.
        """

    def close(self) -> None:
        """Let the connection go and wake who waits; harmless when repeated, and in any thread."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
