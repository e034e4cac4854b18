"""Where a watch stands."""

from collections.abc import Sized
from typing import Generic, Protocol, TypeVar


class Told(Protocol):
    """What the cursor looks at in a message."""

    @property
    def revision(self) -> int:
        """Everything up to this one was sent."""

    @property
    def history_id(self) -> str:
        """The history of which that is."""

    @property
    def events(self) -> Sized:
        """What happened."""

    @property
    def initial_state_complete(self) -> bool:
        """Whether the initial state ends with this message."""


Message = TypeVar("Message", bound=Told)


class Cursor(Generic[Message]):
    """What to ask for when a watch is taken up, and which of the messages that come are news.

    Whatever breaks in between, what `accept` returns are all messages, each once, in order. The
    parts of an initial state are held back until it is complete: a state that broke off is sent
    anew, as of another revision, and the parts of two states make none.
    """

    def __init__(
        self, start_revision: int = 0, history_id: str = "", *, initial_state: bool = False
    ) -> None:
        self._next = start_revision
        self._history = history_id
        self._state_wanted = initial_state
        self._held: list[Message] = []

    @property
    def start_revision(self) -> int:
        """The first revision wanted; 0 for what comes from now on."""
        return 0 if self._state_wanted else self._next

    @property
    def history_id(self) -> str:
        """The history of which that is; empty when it is not known or not needed."""
        return "" if self._state_wanted else self._history

    @property
    def initial_state(self) -> bool:
        """Whether the state is wanted first."""
        return self._state_wanted

    def connect(self) -> None:
        """Begin anew where it stands: what was held of a state is worth nothing any more."""
        self._held.clear()

    def accept(self, message: Message) -> list[Message]:
        """Take a message as it came; return those to hand on."""
        if message.history_id:
            self._history = message.history_id
        if self._state_wanted:
            return self._part_of_state(message)
        told_before = message.revision < self._next - (0 if len(message.events) else 1)
        if told_before:
            return []
        self._next = message.revision + 1
        return [message]

    def is_of_another(self, message: Message) -> bool:
        """Tell whether a message belongs to another history than what came before it."""
        known = self.history_id
        return bool(known and message.history_id and known != message.history_id)

    def restart(self) -> None:
        """Begin again with the present state: the history that it stood in has ended."""
        self._held.clear()
        self._next, self._history, self._state_wanted = 0, "", True

    def _part_of_state(self, message: Message) -> list[Message]:
        self._held.append(message)
        if not message.initial_state_complete:
            return []
        whole, self._held = self._held, []
        self._state_wanted = False
        self._next = message.revision + 1
        return whole

    def resume_at(self, revision: int) -> None:
        """Go on from here, as the server said when it ended the watch; never back."""
        if not self._state_wanted:
            self._next = max(self._next, revision)
