"""The port to denied requests: kept beside the change log, because they changed nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.denied_request import DeniedRequest, DeniedRequestEntry
from registry_grpc.domain.trail import Selection, Span


class DeniedRequestStore(Protocol):
    """Denied requests in the order in which they were recorded. They take no revision."""

    @property
    def newest(self) -> int:
        """The number of the last one recorded; 0 at first."""

    def add(self, calls: Sequence[DeniedRequest], omitted: int = 0) -> None:
        """Record calls, oldest first, behind all that has happened; no change happens meanwhile.

        omitted: how many before them could not be recorded. A time before that of the last one
        recorded becomes that time, so that times grow with the numbers. To be called in a write.
        """

    def entries(self, selection: Selection, span: Span, limit: int) -> Sequence[DeniedRequestEntry]:
        """Return the first `limit` selected ones of a span of numbers, in its direction."""

    def number_at(self, moment: datetime) -> int:
        """Return the newest number whose time is not after `moment`; 0 when there is none."""

    def number_before(self, revision: int) -> int:
        """Return the newest number recorded before this revision; 0 when there is none."""

    def trim(self, upto: int, most: int) -> int:
        """Remove the oldest, up to this number, at most so many; return up to which they are gone.

        To be called in a write.
        """
