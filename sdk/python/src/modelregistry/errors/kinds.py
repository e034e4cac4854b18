"""The root of the tree and its kinds: what a caller can do about an error."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Violation:
    """One obstacle: the field (or the resource in the way) and what is wrong with it."""

    field: str
    description: str


class RegistryError(Exception):
    """The root of the tree.

    `message` is a sentence for people. Programs look at the class, at `reason` (the stable name of
    `ErrorReason` without its prefix; empty when there is none) and at `metadata` (the variable
    parts of the message). `violations` lists wrong fields or obstacles. `request_id` finds the call
    in the server's log. `retry_after` is how long the server asks to wait, if it does. What gRPC
    raised, if it did, is `__cause__`.
    """

    REASON: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        request_id: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.REASON
        self.metadata: Mapping[str, str] = dict(metadata or {})
        self.violations = tuple(violations)
        self.request_id = request_id
        self.retry_after = retry_after


def descendants(root: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    """Yield every class below `root`."""
    for child in root.__subclasses__():
        yield child
        yield from descendants(child)


class Invalid(RegistryError):
    """The request is wrong whatever the state of the registry."""


class NotFound(RegistryError):
    """What the request names does not exist; `metadata["resource"]` says what."""


class AlreadyExists(RegistryError):
    """The name is taken."""


class Conflict(RegistryError):
    """Somebody else was first: read again and decide again."""


class WrongState(RegistryError):
    """The request is fine, the state of a resource forbids it; `violations` list the obstacles."""


class OutOfRange(RegistryError):
    """An offset lies where there is nothing."""


class Corrupt(RegistryError):
    """Bytes are not what they should be."""


class Unauthenticated(RegistryError):
    """The registry does not know who is calling."""


class Exhausted(RegistryError):
    """A limit was reached."""


class Unavailable(RegistryError):
    """The registry cannot be reached or cannot answer now; nothing was changed."""
