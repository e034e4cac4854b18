"""Use cases after a restore: a new history, and suspended garbage collection."""

from collections.abc import Callable
from dataclasses import dataclass

from registry_grpc.domain.history import Position
from registry_grpc.services.ports.database import Database


@dataclass(frozen=True, slots=True)
class Begun:
    """A new history, and the one before it. head: the position of the log."""

    before: str
    head: Position


class Histories:
    """Begins histories, and resumes garbage collection."""

    def __init__(self, database: Database, new_history: Callable[[], str]) -> None:
        self._database = database
        self._new_history = new_history

    def begin(self) -> Begun:
        """Give the log a new history id, and suspend garbage collection.

        Positions and etags of the earlier history are rejected with HistoryChanged.
        """
        while True:
            with self._database.write() as tx:
                before = tx.head.history
                if tx.log.begin_history(before, self._new_history()):
                    return Begun(before, tx.head)

    def release(self) -> bool:
        """Resume garbage collection; return whether it was suspended."""
        with self._database.write() as tx:
            return tx.log.release()

    @property
    def held(self) -> bool:
        """Whether garbage collection is suspended."""
        with self._database.read() as tx:
            return tx.log.held
