"""Collects every violation of a request, so that callers see all of them at once (AIP-193)."""

from collections.abc import Callable
from typing import Generic, TypeVar

from registry_grpc.domain.errors import InvalidRequest, Violation

_T = TypeVar("_T")
_MOST = 50


class Argument(Generic[_T]):
    """A field of a request that was read, or whose violation is noted."""

    def __init__(self, parsed: _T | None) -> None:
        self._parsed = parsed

    @property
    def value(self) -> _T:
        """The parsed value. Read it only after `Violations.raise_if_any`."""
        if self._parsed is None:
            message = "a violation was noted for this field and not raised"
            raise LookupError(message)
        return self._parsed


class Violations:
    """The violations of a request found so far.

    Use: call `add` or `parse` while reading, then `raise_if_any` before acting.
    """

    def __init__(self) -> None:
        self._found: list[Violation] = []

    def add(self, field: str, description: str) -> None:
        """Note that `field` (a path in proto names) is wrong."""
        if len(self._found) < _MOST:
            self._found.append(Violation(field, description))

    def check(self, field: str, ok: bool, description: str) -> None:  # noqa: FBT001 - a condition
        """Note `description` unless `ok`."""
        if not ok:
            self.add(field, description)

    def parse(self, field: str, parser: Callable[[str], _T], text: str) -> _T | None:
        """Return what `parser` makes of `text`; note its ValueError and return None otherwise."""
        try:
            return parser(text)
        except ValueError as error:
            self.add(field, str(error))
            return None

    def argument(self, field: str, parser: Callable[[str], _T], text: str) -> Argument[_T]:
        """Do the same for a field that is needed after `raise_if_any`."""
        return Argument(self.parse(field, parser, text))

    def __bool__(self) -> bool:
        """Return whether anything was noted."""
        return bool(self._found)

    def error(self) -> InvalidRequest:
        """Return the error with everything noted so far; there is something."""
        return InvalidRequest(self._found)

    def raise_if_any(self) -> None:
        """Raise InvalidRequest with everything noted so far."""
        if self:
            raise self.error()


def parsed(field: str, parser: Callable[[str], _T], text: str) -> _T:
    """Return what `parser` makes of `text`, or raise InvalidRequest for `field`."""
    try:
        return parser(text)
    except ValueError as error:
        raise InvalidRequest([Violation(field, str(error))]) from error


def invalid(field: str, description: str) -> InvalidRequest:
    """Return the error for a single wrong field."""
    return InvalidRequest([Violation(field, description)])
