"""Positions in a change log, for tests that are about something else."""

from itertools import count

from registry_grpc.domain.history import Position

HISTORY = "5c0ffee15bad51de"
OTHER_HISTORY = "0123456789abcdef"
NOTHING_SEEN = Position()
_numbers = count(1)


def at(revision: int, history: str = HISTORY) -> Position:
    """Return the position of a revision."""
    return Position(history, revision)


def new_history() -> str:
    """Return another id each time."""
    return f"{next(_numbers):016x}"
