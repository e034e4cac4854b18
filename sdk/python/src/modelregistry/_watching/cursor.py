"""The position of a watch that users read."""

from collections.abc import Sized
from typing import Generic, Protocol, TypeVar


class WatchMessage(Protocol):
    """The parts of a message that a cursor needs."""

    @property
    def revision(self) -> int:
        """The revision up to which the watch is complete."""

    @property
    def history_id(self) -> str:
        """The history that the revision belongs to."""

    @property
    def events(self) -> Sized:
        """The changes."""

    @property
    def initial_state_complete(self) -> bool:
        """Whether this message completes the initial state."""


Message = TypeVar("Message", bound=WatchMessage)


class Cursor(Generic[Message]):
    """The start of the next connection of a watch, and the messages to deliver.

    `accept` returns every message exactly once and in order, whatever connections break in between.
    It holds the parts of an initial state back until the state is complete: after a break the
    server sends a new state, at another revision, and parts of two states cannot be combined.
    """

    def __init__(
        self, start_revision: int = 0, history_id: str = "", *, initial_state: bool = False
    ) -> None:
        self._next = start_revision
        self._history = history_id
        self._state_wanted = initial_state
        self._partial_state: list[Message] = []

    @property
    def start_revision(self) -> int:
        """The first revision to request; 0 for changes from now on."""
        return 0 if self._state_wanted else self._next

    @property
    def history_id(self) -> str:
        """The history that `start_revision` belongs to; empty when it is unknown or not needed."""
        return "" if self._state_wanted else self._history

    @property
    def initial_state(self) -> bool:
        """Whether to request the initial state."""
        return self._state_wanted

    def connect(self) -> None:
        """Start a new connection: drop the parts of an incomplete state."""
        self._partial_state.clear()

    def accept(self, message: Message) -> list[Message]:
        """Take the next message; return the messages to deliver."""
        if message.history_id:
            self._history = message.history_id
        if self._state_wanted:
            return self._part_of_state(message)
        delivered = message.revision < self._next - (0 if len(message.events) else 1)
        if delivered:
            return []
        self._next = message.revision + 1
        return [message]

    def is_from_other_history(self, message: Message) -> bool:
        """Return whether a message belongs to another history than the messages before it."""
        known = self.history_id
        return bool(known and message.history_id and known != message.history_id)

    def restart(self) -> None:
        """Start again with an initial state, because the history has ended."""
        self._partial_state.clear()
        self._next, self._history, self._state_wanted = 0, "", True

    def _part_of_state(self, message: Message) -> list[Message]:
        self._partial_state.append(message)
        if not message.initial_state_complete:
            return []
        whole, self._partial_state = self._partial_state, []
        self._state_wanted = False
        self._next = message.revision + 1
        return whole

    def resume_at(self, revision: int) -> None:
        """Continue at the revision that the server gave when it ended the watch; never go back."""
        if not self._state_wanted:
            self._next = max(self._next, revision)
