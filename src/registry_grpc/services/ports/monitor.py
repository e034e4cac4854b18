"""The ports to signals, to monitors, and to the states of monitors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.monitor import Monitor, MonitorSeverity
from registry_grpc.domain.monitor_state import MonitorPhase, MonitorState
from registry_grpc.domain.names import MonitorName, MonitorStateName
from registry_grpc.domain.signal import Signal, SignalKind
from registry_grpc.domain.version import Version

SignalKey = tuple[UUID, Digest]
"""The uid of the version of a signal, and its identity."""


@dataclass(frozen=True, slots=True)
class SignalQuery:
    """A query for signals. '' and None for all; windows end after `start`, and not after `end`."""

    kind: SignalKind | None = None
    subject: str = ""
    method: str = ""
    start: datetime | None = None
    end: datetime | None = None

    @property
    def filters(self) -> bool:
        """Whether few of the signals in its range of time may pass."""
        return self.kind is not None or bool(self.subject or self.method)


@dataclass(frozen=True, slots=True)
class StateQuery:
    """A query for states of a namespace. severity: the mildest one. None and empty for all."""

    namespace: str
    monitor: MonitorName | None = None
    version: UUID | None = None
    phases: frozenset[MonitorPhase] = field(default_factory=frozenset)
    severity: MonitorSeverity | None = None

    @property
    def filters(self) -> bool:
        """Whether few of the states of the namespace, monitor and version may pass."""
        return bool(self.phases) or self.severity is not None


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state with what is stored beside it. due: when to look at it unless it is judged before."""

    state: MonitorState
    version: UUID
    due: datetime


SignalPlace = tuple[int, str]
"""The end of the window in microseconds since the epoch, and the uid of a signal."""
StatePlace = tuple[str, str]
"""The id of the monitor, and the uid of a state."""


class Signals(Protocol):
    """Signals of versions: immutable."""

    def add(self, signals: Sequence[Signal]) -> None:
        """Store new signals."""

    def recorded(self, keys: Sequence[SignalKey]) -> Mapping[SignalKey, Signal]:
        """Return those that are recorded."""

    def page(
        self,
        version: Version,
        query: SignalQuery,
        before: SignalPlace | None,
        limit: int,
        downto: SignalPlace | None = None,
    ) -> Sequence[Signal]:
        """Return signals, latest window first, then by uid from the highest.

        downto: the last place that may be returned; None for the end.
        """

    def behind(
        self, version: Version, query: SignalQuery, before: SignalPlace | None, count: int
    ) -> SignalPlace | None:
        """Return the place of the last of `count` signals in the range of time; None for fewer."""


class Monitors(Protocol):
    """Monitors: the ones in force, and an append-only history of revisions."""

    def get(self, name: MonitorName) -> Monitor | None:
        """Return the revision in force, or None."""

    def revision(self, name: MonitorName, number: int) -> Monitor | None:
        """Return a revision, also of a deleted monitor, or None."""

    def newest(self, name: MonitorName) -> Monitor | None:
        """Return the last revision, also one that deleted the monitor, or None."""

    def page(self, namespace: str, after: str | None, limit: int) -> Sequence[Monitor]:
        """Return the monitors in force after the id `after`, by id."""

    def count(self, namespace: str) -> int:
        """Return the number of monitors in force."""

    def history(self, name: MonitorName, before: int | None, limit: int) -> Sequence[Monitor]:
        """Return the revisions with numbers below `before`, newest first."""

    def append(self, monitor: Monitor) -> None:
        """Add a revision, which is in force from then on, or deletes the monitor."""


class MonitorStates(Protocol):
    """States of series, with the present names of their versions and signals."""

    def get(self, name: MonitorStateName) -> MonitorState | None:
        """Return a state, or None."""

    def several(self, uids: Sequence[UUID]) -> Mapping[UUID, MonitorState]:
        """Return states by their ids."""

    def count(self, monitor: MonitorName) -> int:
        """Return the number of series of a monitor."""

    def epochs(self, uids: Sequence[UUID]) -> Mapping[UUID, int]:
        """Return the last epochs of those that have a history, also of states that ended."""

    def put(self, stored: Sequence[StoredState]) -> None:
        """Add or replace states."""

    def append(self, version: UUID, state: MonitorState, ordinal: int) -> None:
        """Add to the history of a state. ordinal: of its changes in this revision, from 0."""

    def remove(self, uids: Sequence[UUID]) -> None:
        """Remove states; their history stays."""

    def remove_all(self, monitor: MonitorName) -> None:
        """Remove the states of a monitor; their history stays."""

    def set_due(self, monitor: MonitorName, after: timedelta) -> None:
        """Set when to look at the states of a monitor that have data, after they were judged."""

    def due(self, now: datetime, limit: int) -> Sequence[StoredState]:
        """Return states to look at by now."""

    def page(
        self,
        query: StateQuery,
        after: StatePlace | None,
        limit: int,
        upto: StatePlace | None = None,
    ) -> Sequence[MonitorState]:
        """Return states after a place, in that order.

        upto: the last place that may be returned; None for the end.
        """

    def behind(self, query: StateQuery, after: StatePlace | None, count: int) -> StatePlace | None:
        """Return the place of the last of `count` states, in any phase; None for fewer."""

    def history(
        self, name: MonitorStateName, before: tuple[int, int] | None, limit: int
    ) -> Sequence[tuple[int, MonitorState]]:
        """Return (ordinal, state) below (revision, ordinal), newest first."""

    def firing(
        self, version: UUID, severity: MonitorSeverity, limit: int
    ) -> Sequence[MonitorState]:
        """Return states of a version that fire, of this severity or worse; the worst first."""
