"""The arguments of a call, written and checked together: an error has all violations at once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from modelregistry._convert.values import number_of, text_of
from modelregistry._convert.writing import Fields, M, accepted, build, keyed, refused
from modelregistry.errors import InvalidRequest, Violation

Item = TypeVar("Item")
Written = TypeVar("Written")


def texts(field: str, given: Mapping[str, object]) -> dict[str, str]:
    """Return labels or the like as texts; raise InvalidRequest with all wrong ones."""
    found = Violations()
    written = found.texts(field, given)
    found.raise_if_any()
    return written


def given_texts(field: str, given: Mapping[str, object]) -> dict[str, str]:
    """Return the values that are not None as texts; raise InvalidRequest with all wrong ones."""
    if not isinstance(given, Mapping):
        raise refused([Violation(field, f"must be a mapping, not {type(given).__name__}")])
    return texts(field, {key: value for key, value in given.items() if value is not None})


class Violations:
    """The violations of the arguments of one call, so that its caller sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[Violation] = []

    def add(self, field: str, problem: str) -> None:
        """Note what is wrong with an argument."""
        self._found.append(Violation(field, problem))

    def collect(self, error: InvalidRequest) -> None:
        """Note the violations of an error."""
        self._found.extend(error.violations)

    def error(self) -> InvalidRequest | None:
        """Return the error with everything noted so far, if there is anything."""
        return refused(self._found) if self._found else None

    def raise_if_any(self) -> None:
        """Raise InvalidRequest with everything noted so far."""
        if (error := self.error()) is not None:
            raise error from None

    def texts(self, field: str, given: object) -> dict[str, str]:
        """Return parameters, tags or labels as texts."""
        return self._values(field, given, text_of)

    def numbers(self, field: str, given: object) -> dict[str, float]:
        """Return metrics as doubles."""
        return self._values(field, given, number_of)

    def value(self, field: str, given: Any, read: Callable[[Any], Written]) -> Written | None:  # noqa: ANN401 - of a caller
        """Return a value as `read` returns it; note its error and return None otherwise."""
        try:
            return read(given)
        except (TypeError, ValueError) as error:
            self.add(field, str(error))
            return None

    def number(self, field: str, given: object) -> float:
        """Return a number as a double; note what is wrong and return 0 otherwise."""
        return self.value(field, given, number_of) or 0.0

    def part(self, field: str, write: Callable[[], Written]) -> Written | None:
        """Return what `write` returns; note its violations below `field` and return None."""
        try:
            return write()
        except InvalidRequest as error:
            for violation in error.violations:
                dot = "" if violation.field[:1] in {"", "["} else "."
                self.add(f"{field}{dot}{violation.field}", violation.description)
            return None

    def merged(self, write: Callable[[], Written]) -> Written | None:
        """Return what `write` returns; note its violations and return None."""
        try:
            return write()
        except InvalidRequest as error:
            self.collect(error)
            return None

    def one(
        self, field: str, given: object, kind: type[Item], write: Callable[[Item], Written]
    ) -> Written | None:
        """Return what is written for a value, None for None; note its violations."""
        if given is None:
            return None
        if not isinstance(given, kind):
            self.add(field, f"must be of type {kind.__name__}, not {type(given).__name__}")
            return None
        return self.part(field, lambda: write(given))

    def each(
        self,
        field: str,
        given: object,
        kind: type[Item],
        write: Callable[[Item], Written],
    ) -> list[Written]:
        """Return what is written for each item, and note the violations of all."""
        written = []
        for index, item in enumerate(self._listed(field, given)):
            message = self.one(f"{field}[{index}]", item, kind, write)
            if message is not None:
                written.append(message)
            elif item is None:
                self.add(f"{field}[{index}]", f"must be of type {kind.__name__}, not None")
        return written

    def build(self, kind: Callable[Fields, M], /, *args: Fields.args, **fields: Fields.kwargs) -> M:
        """Return the message; note its violations and leave the fields that have some out."""
        try:
            return build(kind, *args, **fields)
        except InvalidRequest as error:
            self.collect(error)
            return accepted(kind, fields)

    def _values(
        self, field: str, given: object, read: Callable[[Any], Written]
    ) -> dict[str, Written]:
        if not isinstance(given, Mapping):
            self.add(field, f"must be a mapping, not {type(given).__name__}")
            return {}
        written: dict[str, Written] = {}
        for key, value in given.items():
            if not isinstance(key, str):
                self.add(field, f"a key must be text (str), not {type(key).__name__}")
            elif (one := self.value(keyed(field, key), value, read)) is not None:
                written[key] = one
        return written

    def _listed(self, field: str, given: object) -> Iterable[object]:
        if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
            self.add(field, f"must be a list, not {type(given).__name__}")
            return ()
        return given
