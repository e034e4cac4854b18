"""Figures, and the results of measuring them. Pure values."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from benchmarks.run import Run

Sample = Mapping[str, float]
"""One side measured once: a value for each quantity, by its key."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a sample. key: its name in samples and in JSON, unit included."""

    key: str
    title: str
    unit: str
    headline: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: both sides, measured one right after the other."""

    ours: Sample
    reference: Sample


@dataclass(frozen=True, slots=True)
class Measurement:
    """All rounds of a figure, and the sizes they were made with."""

    pairs: Sequence[Pair]
    settings: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of software that only this figure uses."""


def _nothing(_run: "Run") -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is measured. reference: what the other side does, in tables `short_name`."""

    name: str
    title: str
    reference: str
    quantities: Sequence[Quantity]
    measure: Callable[["Run"], Measurement]
    short_name: str = "bare"
    prepare: Callable[["Run"], None] = _nothing
    """The work before the clocks below start."""
    budget_s: float = 240.0
    """No further round begins after this many seconds; the first always does."""
    limit_s: float = 1_200.0
    """The figure is given up after this many seconds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values between the smallest and the largest of them."""

    median: float
    low: float
    high: float
    all: Sequence[float]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self | None:
        """Return None when there is nothing to spread."""
        if not values:
            return None
        return cls(statistics.median(values), min(values), max(values), tuple(values))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity over all rounds. ratio: ours through reference, per round."""

    quantity: Quantity
    ours: Spread | None
    reference: Spread | None
    ratio: Spread | None

    @classmethod
    def of(cls, quantity: Quantity, pairs: Sequence[Pair]) -> Self:
        """Compare the rounds in which a side has the quantity; a reference of 0 has no ratio."""
        key = quantity.key
        both = [pair for pair in pairs if key in pair.ours and pair.reference.get(key, 0) > 0]
        return cls(
            quantity,
            Spread.of([pair.ours[key] for pair in pairs if key in pair.ours]),
            Spread.of([pair.reference[key] for pair in pairs if key in pair.reference]),
            Spread.of([pair.ours[key] / pair.reference[key] for pair in both]),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A figure that was measured, or the problem that prevented it ('' without one)."""

    figure: Figure
    measurement: Measurement
    seconds: float
    problem: str = ""

    @property
    def comparisons(self) -> Sequence[Comparison]:
        """Every quantity compared, in the figure's order."""
        pairs = self.measurement.pairs
        return [Comparison.of(quantity, pairs) for quantity in self.figure.quantities]
