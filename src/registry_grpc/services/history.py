"""Use cases of restored databases: a new history, and the collection of garbage held meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from registry_grpc.domain.history import Position
from registry_grpc.services.ports.database import Database


@dataclass(frozen=True, slots=True)
class Begun:
    """A history that was begun, and the one before it. head: where the log is."""

    before: str
    head: Position


class Histories:
    """Begins histories, and lets garbage be collected again."""

    def __init__(self, database: Database, new_history: Callable[[], str]) -> None:
        self._database = database
        self._new_history = new_history

    def begin(self) -> Begun:
        """Give the log another id; from then on the collection of garbage is held.

        Everything that clients keep of the log before is refused with HistoryChanged.
        """
        while True:
            with self._database.write() as tx:
                before = tx.head.history
                if tx.log.begin_history(before, self._new_history()):
                    return Begun(before, tx.head)

    def release(self) -> bool:
        """Let garbage be collected again; return whether it was held."""
        with self._database.write() as tx:
            return tx.log.release()

    @property
    def held(self) -> bool:
        """Whether the collection of garbage is held."""
        with self._database.read() as tx:
            return tx.log.held
