"""Rules of policies. Everything fails closed; `policy.proto` tells exactly what each demands."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum


class RuleSeverity(IntEnum):
    """What a rule does when it is not satisfied."""

    BLOCK = 1
    """It refuses the move."""
    WARN = 2
    """It is listed, and the move goes on."""


class MetricDirection(IntEnum):
    """Which way a metric is better."""

    HIGHER_IS_BETTER = 1
    LOWER_IS_BETTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricBound:
    """minimum ≤ metric ≤ maximum, of the whole or of every slice of a dimension. Ties pass."""

    metric: str
    dataset: str = ""
    """Only evidence measured on this data set (its URI); empty for any."""
    dimension: str = ""
    """Each slice of this dimension; empty for the overall result."""
    minimum: float | None = None
    maximum: float | None = None
    tolerance: float = 0.0
    """By how much a limit may be missed."""
    use_bound: bool = False
    """Compare the worse end of a slice's confidence interval, not the result."""
    min_count: int = 0
    """The least examples of each slice."""
    required_slices: tuple[str, ...] = ()
    """Slices that must be there, by value."""
    max_age: timedelta | None = None
    """The oldest evidence that is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """A result may be only so much worse than that of who holds the target stage. Ties pass."""

    metric: str
    direction: MetricDirection | int
    dataset: str = ""
    """Only evidence measured on this data set (its URI), of both versions; empty for any."""
    dimension: str = ""
    """Each slice of this dimension; empty for the overall result."""
    max_absolute: float | None = None
    """The most it may be worse, in units of the metric."""
    max_relative: float | None = None
    """The most it may be worse, as a part of the size of the holder's result."""
    min_count: int = 0
    """The least examples of each slice, of both versions."""
    allow_no_baseline: bool = False
    """Pass where there is nothing to compare with; otherwise that refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSpread:
    """The largest and the smallest result among the slices of a dimension must be near."""

    metric: str
    dimension: str
    dataset: str = ""
    """Only evidence measured on this data set (its URI); empty for any."""
    max_gap: float | None = None
    """The most that largest - smallest may be."""
    min_ratio: float | None = None
    """The least that smallest / largest may be."""
    min_count: int = 0
    """The least examples of each slice."""
    required_slices: tuple[str, ...] = ()
    """Slices that must be there, by value."""
    max_age: timedelta | None = None
    """The oldest evidence that is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredLineage:
    """Where the version comes from must be recorded."""

    pinned_datasets: bool = False
    """At least one input, and every input with a digest."""
    clean_commit: bool = False
    """A commit, of a work tree that is known to have been clean."""
    environment: bool = False
    """Packages or a container image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFiles:
    """The version must have certain files."""

    patterns: tuple[str, ...]
    """Each must match a path: `*` is any text, also with `/`, `?` one character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDemand:
    """A label that must be there."""

    key: str
    values: tuple[str, ...] = ()
    """The values it may have; empty for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredLabels:
    """The version must have certain labels."""

    labels: tuple[LabelDemand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredAttestations:
    """Certain attestations must have been recorded of the version; nobody verifies them yet."""

    predicate_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CelExpression:
    """An expression in CEL over version, metrics, slices and baseline that must be true."""

    expression: str


Check = (
    MetricBound
    | MetricChange
    | SliceSpread
    | RequiredLineage
    | RequiredFiles
    | RequiredLabels
    | RequiredAttestations
    | CelExpression
)
"""What a rule can demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand of a policy."""

    id: str
    """Unique in the policy."""
    check: Check | None
    """What it demands; None when this release does not know its kind."""
    severity: RuleSeverity | int = RuleSeverity.BLOCK
