"""What is known of one reference."""

from dataclasses import dataclass
from typing import Final

from modelregistry.errors import NotFound, RegistryError, WrongState
from modelregistry.types import Version

Answer = Version | RegistryError
"""What a reference names, or why it names nothing."""

NEVER: Final = float("-inf")
NONE: Final = -1
"""Before the first revision, which is 0."""


@dataclass(slots=True, eq=False)
class Entry:
    """One reference: what it names, how far that can be trusted, and who is interested.

    `answer` is replaced whole, never changed, so that any thread may read it at any time.
    """

    ref: str
    """As it is asked of the registry."""
    model: str
    """The full name of its model."""
    answer: Answer | None = None
    """None before anything is known."""
    revision: int = NONE
    """The revision that the answer reflects; `NONE` also for an answer of an earlier run."""
    wanted: int = NONE
    """The revision that the answer has to reflect."""
    connection: int = 0
    """The connection in which it was last asked for."""
    covered: bool = False
    """Whether changes since are told by the watch."""
    confirmed: float = NEVER
    """When the registry last stood behind the answer, apart from what the watch said since."""
    refused: RegistryError | None = None
    """Why the registry does not answer at all."""
    users: int = 0

    @property
    def version(self) -> Version | None:
        """The version it names, if it names one."""
        return self.answer if isinstance(self.answer, Version) else None


def names_nothing(answer: Answer) -> bool:
    """Tell whether the registry says that there is no such version now: that is an answer too."""
    return isinstance(answer, NotFound | WrongState)


def differ(one: Version | None, other: Version | None) -> bool:
    """Tell whether these are two versions; labels and the like may change in one."""
    if one is None or other is None:
        return one is not other
    return (one.name, one.uid) != (other.name, other.uid)
