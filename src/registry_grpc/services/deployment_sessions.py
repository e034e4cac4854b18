"""The heartbeats of the instances that report to this process, written to the database in batches.

A heartbeat only sets an entry in memory. About once a second, all instances with one are extended
in one statement. Used from one event loop, except for `record`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from registry_grpc.domain.errors import (
    RegistryError,
    ServerDraining,
    StreamIdle,
)
from registry_grpc.services.deployment import Deployments
from registry_grpc.services.deployment_report import Session

_PER_SECOND: Final = 400
"""The heartbeats per second above which instances are asked for fewer."""
_SHORTEST, _LONGEST = 1 / 3, 2 / 3
_TOGETHER_S: Final = 1.0
"""The difference of age of heartbeats that are recorded in one statement."""


Lost = Mapping[str, RegistryError]
"""The errors of sessions whose instances they may report no longer."""


class DeploymentSessions:
    """The open sessions of this process."""

    def __init__(self, deployments: Deployments, elapsed: Callable[[], float]) -> None:
        """elapsed: a monotonic clock in seconds."""
        self._deployments = deployments
        self._elapsed = elapsed
        self._open: dict[str, Session] = {}
        self._due: dict[str, float] = {}
        self._beats: dict[str, float] = {}

    def __len__(self) -> int:
        """Return the number of open sessions."""
        return len(self._open)

    def open(self, session: Session) -> None:
        """Begin to keep an instance alive, which a report has just extended."""
        self._open[session.id] = session
        self._due[session.id] = self._elapsed() + session.seconds

    def close(self, session: Session) -> None:
        """Keep an instance alive no longer; closing twice is harmless."""
        for entries in (self._open, self._due, self._beats):
            entries.pop(session.id, None)

    def beat(self, session: Session) -> None:
        """Record a heartbeat."""
        if session.id in self._open:
            now = self._beats[session.id] = self._elapsed()
            self._due[session.id] = now + session.seconds

    def interval(self, session: Session) -> float:
        """Return the seconds after which the instance of a session sends a heartbeat."""
        seconds = session.seconds
        return min(max(len(self._open) / _PER_SECOND, seconds * _SHORTEST), seconds * _LONGEST)

    def take(self) -> Mapping[str, float]:
        """Return the heartbeats since the last time, to be recorded."""
        beats, self._beats = self._beats, {}
        return beats

    def restore(self, beats: Mapping[str, float]) -> None:
        """Take heartbeats back that could not be recorded."""
        kept = {session: beat for session, beat in beats.items() if session in self._open}
        self._beats = {**kept, **self._beats}

    def record(self, beats: Mapping[str, float], sessions: Mapping[str, Session]) -> Lost:
        """Extend the instances of these heartbeats; return the sessions that have none any more.

        In a thread. Raises DatabaseUnavailable and the like.
        """
        found = set[str]()
        for together in _by_age(beats):
            found.update(self._deployments.extend(sorted(together), self._age(beats[together[0]])))
        return self._deployments.lost(
            [sessions[one] for one in beats.keys() - found if one in sessions]
        )

    def _age(self, beat: float) -> Callable[[], timedelta]:
        return lambda: timedelta(seconds=max(0.0, self._elapsed() - beat))

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The open sessions by id, as they are now."""
        return dict(self._open)

    def end_lost(self, lost: Lost) -> None:
        """End the streams of sessions that were lost or that were silent for too long."""
        now = self._elapsed()
        silent = [one for one, due in self._due.items() if due < now]
        errors = {one: _expired(self._open[one]) for one in silent} | dict(lost)
        for one, error in errors.items():
            session = self._open.get(one)
            if session is not None:
                self.close(session)
                session.end(error)

    def drain(self) -> None:
        """End all streams, whose instances report to another process."""
        for session in tuple(self._open.values()):
            session.end(ServerDraining())


def _by_age(beats: Mapping[str, float]) -> Iterator[Sequence[str]]:
    """Yield the sessions with heartbeats of the same time, within a second, the oldest first.

    After an outage some are old, and must not take time to live from the others.
    """
    together = list[str]()
    for session in sorted(beats, key=beats.__getitem__):
        if together and beats[session] - beats[together[0]] > _TOGETHER_S:
            yield together
            together = []
        together.append(session)
    if together:
        yield together


def _expired(session: Session) -> RegistryError:
    return StreamIdle(session.ttl.total_seconds())
