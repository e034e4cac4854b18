"""The client's state of one reference."""

from dataclasses import dataclass
from typing import Final

from modelregistry._watching.route_table import RouteTable
from modelregistry.errors import NotFound, RegistryError, WrongState
from modelregistry.types import Route, Version

Answer = Version | RouteTable | RegistryError
"""The version that a reference resolves to, or the error that says why it resolves to none.

Of a route that is followed as a whole: its table."""

Found = Version | Route
"""What a reference resolves to, as `on_change` reports it."""

NEVER: Final = float("-inf")
NO_REVISION: Final = -1
"""Lower than the first revision, which is 0."""


@dataclass(slots=True, eq=False)
class Resolution:
    """One reference: its answer, how current the answer is, and its number of subscribers.

    `answer` is replaced as a whole and never changed, so that any thread may read it at any time.
    """

    ref: str
    """The reference as sent to the registry; of a route, `FOLLOWED_ROUTE` and its full name."""
    model: str
    """The full name of its model."""
    target: str = ""
    """The full name of the model that `model` led to, where that is a former name; else empty."""
    answer: Answer | None = None
    """None until there is an answer."""
    revision: int = NO_REVISION
    """The revision that the answer reflects; `NO_REVISION` also for an answer of an earlier run."""
    required_revision: int = NO_REVISION
    """The lowest revision that a current answer reflects."""
    connection: int = 0
    """The number of the watch connection during which the reference was last looked up."""
    watched: bool = False
    """Whether the watch reports changes since the answer."""
    confirmed: float = NEVER
    """When the registry last confirmed the answer, apart from later messages of the watch."""
    refusal: RegistryError | None = None
    """Why the registry rejects the lookup itself."""
    subscribers: int = 0

    @property
    def models(self) -> frozenset[str]:
        """The models whose changes can change the answer."""
        return frozenset({self.model, self.target or self.model})

    @property
    def version(self) -> Version | None:
        """The version that the reference resolves to, if it resolves to one."""
        return self.answer if isinstance(self.answer, Version) else None

    @property
    def found(self) -> Found | None:
        """The version or the route that the reference resolves to, if it resolves to one."""
        return self.answer.route if isinstance(self.answer, RouteTable) else self.version


def resolves_to_none(answer: Answer) -> bool:
    """Return whether the registry says that no such version exists now, which is an answer too."""
    return isinstance(answer, NotFound | WrongState)


def differ(one: Found | None, other: Found | None) -> bool:
    """Return whether these are two versions, or two revisions of a route.

    Labels and other fields may differ within a version.
    """
    if one is None or other is None:
        return one is not other
    return _identity(one) != _identity(other)


def _identity(found: Found) -> tuple[str, str, int]:
    if isinstance(found, Route):
        return found.name, found.history_id, found.revision
    return found.name, found.uid, 0
