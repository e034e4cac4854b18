"""Slices and signatures in JSON files.

They have the format of `versions show --json`, so recorded facts can be used again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from modelregistry.cli.parsing import wrong
from modelregistry.types import ConfidenceInterval, Signature, SliceMetric, TensorSpec

Value = TypeVar("Value")


class Fields:
    """Typed access to the members of a JSON object; ValueError for wrong or unknown ones."""

    def __init__(self, found: object, *known: str) -> None:
        if not isinstance(found, dict):
            message = "must be an object"
            raise ValueError(message)  # noqa: TRY004 - the file is wrong, not the caller
        unknown = sorted(set(found) - set(known))
        if unknown:
            message = f"unknown field {', '.join(unknown)}; known are {', '.join(known)}"
            raise ValueError(message)
        self._found: Mapping[str, object] = found

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        value = self._found.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def number(self, key: str) -> float:
        """Return a number."""
        value = self._found.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        return value

    def whole(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self._found.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key, "a whole number")
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean, by default false."""
        value = self._found.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of texts, by default empty."""
        found = tuple(item for item in self.array(key) if isinstance(item, str))
        if len(found) != len(self.array(key)):
            raise self._wrong(key, "an array of texts")
        return found

    def array(self, key: str) -> list[object]:
        """Return an array, by default empty."""
        value = self._found.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, "an array")
        return value

    def part(self, key: str) -> object:
        """Return a member of any type, or None."""
        return self._found.get(key)

    def _wrong(self, key: str, wanted: str) -> ValueError:
        return ValueError(f"{key} must be {wanted}")


def slices(path: Path) -> tuple[SliceMetric, ...]:
    """Return the slices in a file: an array of objects with the fields of SliceMetric.

    A usage error names the position of anything else.
    """
    found = load("--slices", path)
    if not isinstance(found, list):
        raise wrong("--slices", f"{path}: must be an array")
    return tuple(each(found, _slice, f"{path}: ", "--slices"))


def signature(path: Path) -> Signature:
    """Return the signature in a file: an object with `inputs` and `outputs`, arrays of TensorSpec.

    A usage error names the position of anything else.
    """
    try:
        sides = Fields(load("--signature", path), "inputs", "outputs")
        inputs, outputs = sides.array("inputs"), sides.array("outputs")
    except ValueError as error:
        raise wrong("--signature", f"{path}: {error}") from error
    return Signature(
        inputs=tuple(each(inputs, _tensor, f"{path}: inputs", "--signature")),
        outputs=tuple(each(outputs, _tensor, f"{path}: outputs", "--signature")),
    )


def load(option: str, path: Path) -> object:
    """Return the content of a JSON file; a usage error when it is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise wrong(option, f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise wrong(option, f"{path} is not JSON: {error}") from error


def each(
    found: list[object], make: Callable[[object], Value], place: str, option: str
) -> Iterator[Value]:
    """Yield what `make` reads of each item; a usage error of `option` names the position."""
    for index, item in enumerate(found):
        try:
            yield make(item)
        except ValueError as error:
            raise wrong(option, f"{place}[{index}]: {error}") from error


def _slice(found: object) -> SliceMetric:
    said = Fields(found, "dimension", "value", "metric", "result", "count", "interval")
    interval = said.part("interval")
    return SliceMetric(
        dimension=said.text("dimension"),
        value=said.text("value"),
        metric=said.text("metric"),
        result=said.number("result"),
        count=said.whole("count", 0),
        interval=None if interval is None else _interval(interval),
    )


def _interval(found: object) -> ConfidenceInterval:
    said = Fields(found, "low", "high", "level")
    return ConfidenceInterval(
        low=said.number("low"), high=said.number("high"), level=said.number("level")
    )


def _tensor(found: object) -> TensorSpec:
    said = Fields(found, "dtype", "name", "shape")
    shape = said.array("shape")
    lengths = tuple(length for length in shape if isinstance(length, int))
    if len(lengths) != len(shape):
        message = "shape must be an array of whole numbers"
        raise ValueError(message)
    return TensorSpec(dtype=said.text("dtype"), name=said.text("name", ""), shape=lengths)
