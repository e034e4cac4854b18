"""Reading of JSON from untrusted sources: each value with its type and its bounds."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, Self, TypeVar

_E = TypeVar("_E", bound=StrEnum)
_SHOWN: Final = 40


class Malformed(Exception):
    """What is wrong with a document, as the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a document. path: where it is, such as `columns[3].`; empty for the whole."""

    values: Mapping[str, object]
    path: str

    @classmethod
    def of(cls, value: object, path: str) -> Self:
        """Take a value that must be an object."""
        if not isinstance(value, dict):
            message = f"{path.rstrip('.')} must be an object".lstrip()
            raise Malformed(message)
        return cls(value, path)

    def fail(self, problem: str) -> NoReturn:
        """Raise Malformed for a value of this object; the problem begins with its name."""
        message = f"{self.path}{problem}"
        raise Malformed(message)

    def count(self, name: str, most: int) -> int:
        """Return an integer from 0 to `most`."""
        value = self.values.get(name)
        if type(value) is not int or not 0 <= value <= most:
            self.fail(f"{name} must be an integer from 0 to {most}")
        return value

    def counts(self, name: str, length: int, most: int) -> tuple[int, ...]:
        """Return at most `length` integers from 0 to `most`."""
        found = self._list(name, length)
        if not all(type(value) is int and 0 <= value <= most for value in found):
            self.fail(f"{name} must be integers from 0 to {most}")
        return tuple(value for value in found if isinstance(value, int))

    def numbers(self, name: str, length: int) -> tuple[float, ...]:
        """Return at most `length` finite numbers."""
        return tuple(self._number(name, value) for value in self._list(name, length))

    def optional_number(self, name: str) -> float | None:
        """Return a finite number, or None for null."""
        value = self.values.get(name)
        return None if value is None else self._number(name, value)

    def text(self, name: str, most: int) -> str:
        """Return a text of at most `most` characters."""
        return self._text(name, self.values.get(name), most)

    def texts(self, name: str, length: int, most: int) -> tuple[str, ...]:
        """Return at most `length` texts of at most `most` characters."""
        return tuple(self._text(name, value, most) for value in self._list(name, length))

    def member(self, name: str, kind: type[_E]) -> _E:
        """Return a member of an enumeration by its text."""
        members = {member.value: member for member in kind}
        value = self.text(name, _SHOWN)
        if value not in members:
            self.fail(f"{name} must be one of {', '.join(members)}")
        return members[value]

    def objects(self, name: str, length: int) -> Iterator["Fields"]:
        """Yield at most `length` objects."""
        for index, value in enumerate(self._list(name, length)):
            yield Fields.of(value, f"{self.path}{name}[{index}].")

    def _list(self, name: str, length: int) -> list[object]:
        value = self.values.get(name)
        if not isinstance(value, list) or len(value) > length:
            self.fail(f"{name} must be a list of at most {length:,}")
        return value

    def _number(self, name: str, value: object) -> float:
        # An integer of a hundred thousand digits has no float.
        small = type(value) is int and abs(value) < 2**63
        if not (small or (isinstance(value, float) and math.isfinite(value))):
            self.fail(f"{name} must be finite numbers, not {str(type(value).__name__)[:_SHOWN]}")
        return float(value)  # type: ignore[arg-type] # as checked

    def _text(self, name: str, value: object, most: int) -> str:
        if not isinstance(value, str) or len(value) > most:
            self.fail(f"{name} must be text of at most {most} characters")
        return value
