"""The root of the tree and its kinds: what a caller can do about an error.

Each kind stands for a status code of gRPC. An error has it as its class when this release does not
know its reason, or when it has none because a proxy or gRPC itself made it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from modelregistry.types.finding import Finding

__all__ = [
    "AlreadyExists",
    "Cancelled",
    "Conflict",
    "Corrupt",
    "Exhausted",
    "Invalid",
    "NotFound",
    "OutOfRange",
    "RegistryError",
    "Retried",
    "Unauthenticated",
    "Unavailable",
    "UnknownError",
    "Violation",
    "WrongState",
    "descendants",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One obstacle: the field (or the resource in the way) and what is wrong with it."""

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class Retried:
    """The operations that the client repeats by itself after an error.

    mutation: a change, repeated with the same request id until its deadline. transfer: a push or
    pull, resumed at the offset that it has reached. watch: resumed after its last message.
    """

    mutation: bool = False
    transfer: bool = False
    watch: bool = False


class RegistryError(Exception):
    """The root of the tree.

    `message` is a sentence for people, and `hint` says what to do next ('' when there is nothing to
    add). Programs look at the class, at `reason` (the stable name of `ErrorReason` without its
    prefix; empty when there is none) and at `metadata` (the variable parts of the message).
    `violations` lists wrong fields or obstacles. `problems` lists all problems of a registration,
    each as an error of its own; this error is the first of them, with the violations of all.
    `request_id` finds the call in the server's log.
    `retry_after` is how long the server asks to wait, if it does. What gRPC raised, if it did, is
    `__cause__`.

    Of the class: REASON and STATUS are the reason and the status code that it stands for, if it
    does; `retried` says what the client repeated before it raised the error.
    """

    REASON: ClassVar[str] = ""
    STATUS: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    retried: ClassVar[Retried] = Retried()
    problems: "tuple[RegistryError, ...]" = ()

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
        self.violations: tuple[Violation, ...] = tuple(violations)
        self.request_id = request_id
        self.retry_after = retry_after


def descendants(root: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    """Yield every class below `root`."""
    for child in root.__subclasses__():
        yield child
        yield from descendants(child)


class Invalid(RegistryError):
    """The request is wrong, whatever the state of the registry."""

    STATUS = "INVALID_ARGUMENT"


class NotFound(RegistryError):
    """The requested resource does not exist; `metadata["resource"]` names it."""

    STATUS = "NOT_FOUND"


class AlreadyExists(RegistryError):
    """The name is taken."""

    STATUS = "ALREADY_EXISTS"


class Conflict(RegistryError):
    """Another caller changed the resource first: read again and decide again."""

    STATUS = "ABORTED"


class WrongState(RegistryError):
    """The state of a resource forbids the request; `violations` lists the obstacles.

    `findings` has what did not pass when rules block a promotion (GateRefused); `omitted_count` is
    how many more there are, if they were too many to be sent.
    """

    STATUS = "FAILED_PRECONDITION"
    findings: tuple[Finding, ...] = ()
    omitted_count: int = 0


class OutOfRange(RegistryError):
    """An offset or revision lies outside what exists."""

    STATUS = "OUT_OF_RANGE"


class Corrupt(RegistryError):
    """Bytes are not what they should be."""

    STATUS = "DATA_LOSS"


class Unauthenticated(RegistryError):
    """The registry does not know the caller."""

    STATUS = "UNAUTHENTICATED"


class Exhausted(RegistryError):
    """A limit was reached."""

    STATUS = "RESOURCE_EXHAUSTED"


class Unavailable(RegistryError):
    """The registry cannot be reached or cannot answer now; nothing was changed."""

    STATUS = "UNAVAILABLE"
    hint = "nothing changed; try again in a moment"
    retried = Retried(mutation=True, transfer=True, watch=True)


class Cancelled(RegistryError):
    """The call was ended from this side, or by a server or proxy that shuts down."""

    STATUS = "CANCELLED"
    hint = "check whether it was done before you repeat it"
    retried = Retried(mutation=True, watch=True)


class UnknownError(RegistryError):
    """The status has no more precise meaning."""

    STATUS = "UNKNOWN"
    retried = Retried(watch=True)  # a proxy that shuts down may send it
