"""The ports to the change log and to notifications of new commits."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from registry_grpc.domain.change import Event
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import EVERYTHING, Wanted


class Log(Protocol):
    """The change log, and the present state. Versions are without detail."""

    def time_of(self, revision: int) -> datetime | None:
        """Return the time of a revision; None if it has no changes in the log."""

    def begin_history(self, after: str, new: str) -> bool:
        """Make `new` the history of this log, if it still is `after`; return whether it did.

        From then on garbage collection is suspended (see `held`). Must be called in a write.
        """

    @property
    def held(self) -> bool:
        """Whether garbage collection is suspended, because the database was restored.

        The bytes of versions that were registered after the backup look like garbage then.
        """

    def release(self) -> bool:
        """Resume garbage collection; return whether it was suspended. Must be called in a write."""

    @property
    def compacted(self) -> int:
        """The newest compacted revision, no longer available for watching; 0 at first."""

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
        """The newest trimmed revision, whose changes are removed; 0 at first."""

    def entries(self, selection: Selection, span: Span, limit: int) -> Sequence[Event]:
        """Return the first `limit` selected events of a span of revisions, in its direction.

        Transactions are never divided, as in `events`. Newest first, their events are too.
        """

    def keep_for(self, days: int) -> int:
        """Set the retention of the trail in days, 0 for permanent; return the days in force.

        They may differ: a serving role may lack the right to change them.
        """

    def trim(self, upto: int, most: int) -> int:
        """Remove the oldest changes, up to this revision, permanently; return `trimmed`.

        Removes about `most` of them, in whole transactions, and none that is kept for watching.
        Must be called in a write.
        """

    def compact(self, upto: int) -> int:
        """Compact changes up to this revision; return the compacted revision.

        It never decreases and never exceeds the newest revision. The events stay, as audit trail.
        Must be called in a write or a change.
        """

    def state(self, wanted: Wanted = EVERYTHING) -> Iterator[Resource]:
        """Yield the present state: namespaces, then models, then versions, then aliases.

        Without deleted versions, and deleted models with their contents. Must be consumed or closed
        within the transaction; it reads in batches with bounded memory.
        """


class Listener(Protocol):
    """Notifies of possible commits by any process: a hint, without the changes.

    Used by one thread at a time, except `close`.
    """

    def wait(self, seconds: float) -> bool:
        """Block until there may have been a commit since the last call, or until the timeout.

        Returns whether there may have been one: True immediately at the first call, and after an
        outage. Raises DatabaseUnavailable while the database is unavailable, possibly immediately;
        the next call tries to connect again. After `close` it returns False immediately.
        """

    def close(self) -> None:
        """Close the connection and end a running wait; idempotent, and safe in any thread."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
