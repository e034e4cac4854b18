"""The root of the tree and its kinds: what a caller can do about an error."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong field: its path in proto names (`manifest.files[3].path`) and what is wrong."""

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One of all reasons for which a request fails, as the error that it would be alone.

    field: of the request, in proto names; '' where the error states its fields itself.
    """

    field: str
    error: "RegistryError"


class RegistryError(Exception):
    """The root: a sentence for people, a reason and metadata for programs.

    reason: the value of `modelregistry.v1.ErrorReason`, without its prefix; '' for a kind. text:
    the sentence, with keys of the metadata in braces, for constructors that pass no message.
    audited: a rule or a role denied the request, so that it belongs in the audit trail. Of other
    errors, such as a name that does not exist, clients cause many in their daily work. cause: why,
    as one line without secrets. It is for the log of the server, and no caller gets it. problems:
    all of a request, of which this is the first, where the method finds all. model: the canonical
    name of the model that a former name in a lookup led to.
    """

    reason: ClassVar[str] = ""
    text: ClassVar[str] = ""
    audited: ClassVar[bool] = False
    cause: str = ""
    problems: Sequence[Problem] = ()
    model: str = ""

    def __init__(self, message: str = "", **metadata: object) -> None:
        self.metadata: Mapping[str, str] = {key: str(value) for key, value in metadata.items()}
        self.message = message or self.text.format_map(self.metadata)
        super().__init__(self.message)


def first_of(problems: Sequence[Problem]) -> RegistryError:
    """Return the error of the first problem, with all of them; there is at least one."""
    error = problems[0].error
    error.problems = tuple(problems)
    return error


def leaves(root: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    """Yield every class that can be raised: those with a reason of their own."""
    for child in root.__subclasses__():
        if "reason" in vars(child):
            yield child
        yield from leaves(child)


class Invalid(RegistryError):
    """The request is wrong, whatever the state of the registry."""


class NotFound(RegistryError):
    """The requested resource does not exist: `resource`, of type `resource_type`."""

    resource_type: ClassVar[str] = ""

    def __init__(self, resource: str, message: str = "", **metadata: object) -> None:
        message = message or f"{self.resource_type} {resource} does not exist"
        super().__init__(message, resource=resource, **metadata)
        self.resource = resource


class AlreadyExists(RegistryError):
    """The name is taken."""

    resource_type: ClassVar[str] = ""

    def __init__(self, resource: str, note: str = "", **metadata: object) -> None:
        message = f"{self.resource_type} {resource} already exists{note}"
        super().__init__(message, resource=resource, **metadata)
        self.resource = resource


class Conflict(RegistryError):
    """Another caller changed the resource first: read again, decide again."""


class WrongState(RegistryError):
    """The state of `subject` forbids the request. `causes` lists every obstacle."""

    def __init__(
        self, subject: str, message: str = "", causes: Sequence[str] = (), **metadata: object
    ) -> None:
        super().__init__(message, resource=subject, **metadata)
        self.subject = subject
        self.causes = tuple(causes) or (self.message,)


class OutOfRange(RegistryError):
    """An offset or revision lies outside what exists."""


class Corrupt(RegistryError):
    """Bytes are not what they were."""


class Unauthenticated(RegistryError):
    """The registry does not know the caller."""


class Exhausted(RegistryError):
    """A limit was reached. `retry_after` is set where waiting helps."""

    def __init__(
        self, message: str = "", *, retry_after: timedelta | None = None, **metadata: object
    ) -> None:
        super().__init__(message, **metadata)
        self.retry_after = retry_after


class Unavailable(RegistryError):
    """Try again later; nothing was changed."""

    retry_after: ClassVar[timedelta] = timedelta(seconds=1)
