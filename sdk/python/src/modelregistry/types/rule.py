"""Rules of policies. Checks fail closed: missing evidence fails them. Details: `policy.proto`."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from modelregistry.types.monitor import MonitorSeverity


class RuleSeverity(IntEnum):
    """The effect of a failed check."""

    BLOCK = 1
    """It blocks the promotion."""
    WARN = 2
    """It is reported, and the promotion proceeds."""


class MetricDirection(IntEnum):
    """The direction in which a metric improves."""

    HIGHER_IS_BETTER = 1
    LOWER_IS_BETTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricBound:
    """minimum ≤ metric ≤ maximum, overall or for every slice of a dimension. Ties pass."""

    metric: str
    dataset: str = ""
    """Only evidence measured on this data set (its URI); empty for any."""
    dimension: str = ""
    """Each slice of this dimension; empty for the overall result."""
    minimum: float | None = None
    maximum: float | None = None
    tolerance: float = 0.0
    """The amount by which a limit may be missed."""
    use_bound: bool = False
    """Compare the worse bound of a slice's confidence interval, not the result."""
    min_count: int = 0
    """The minimum number of examples in each slice."""
    required_slices: tuple[str, ...] = ()
    """The values of slices that must exist."""
    max_age: timedelta | None = None
    """The maximum age of the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """The maximum regression against the version that is in the target stage now. Ties pass."""

    metric: str
    direction: MetricDirection | int
    dataset: str = ""
    """Only evidence measured on this data set (its URI), of both versions; empty for any."""
    dimension: str = ""
    """Each slice of this dimension; empty for the overall result."""
    max_absolute: float | None = None
    """The maximum regression in units of the metric."""
    max_relative: float | None = None
    """The maximum regression as a fraction of the baseline's absolute value."""
    min_count: int = 0
    """The minimum number of examples in each slice, of both versions."""
    allow_no_baseline: bool = False
    """Pass when there is no baseline; otherwise a missing baseline fails the check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSpread:
    """The maximum spread between the results of the slices of a dimension."""

    metric: str
    dimension: str
    dataset: str = ""
    """Only evidence measured on this data set (its URI); empty for any."""
    max_gap: float | None = None
    """The maximum of largest - smallest."""
    min_ratio: float | None = None
    """The minimum of smallest / largest."""
    min_count: int = 0
    """The minimum number of examples in each slice."""
    required_slices: tuple[str, ...] = ()
    """The values of slices that must exist."""
    max_age: timedelta | None = None
    """The maximum age of the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredLineage:
    """The provenance that must be recorded."""

    pinned_datasets: bool = False
    """At least one input, and every input with a digest."""
    clean_commit: bool = False
    """A commit, with a work tree that is known to have been clean."""
    environment: bool = False
    """Packages or a container image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFiles:
    """Files that the version must have."""

    patterns: tuple[str, ...]
    """Each must match a path: `*` is any text, also with `/`, `?` one character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequirement:
    """A label that the version must have."""

    key: str
    values: tuple[str, ...] = ()
    """The allowed values; empty for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredLabels:
    """Labels that the version must have."""

    labels: tuple[LabelRequirement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredAttestations:
    """Attestations that must be recorded for the version; they are not verified yet."""

    predicate_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CelExpression:
    """An expression in CEL over version, metrics, slices and baseline that must be true."""

    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteWeightBound:
    """The maximum weight in routes of a version that is not in the policy's target stage."""

    pattern: str
    """The pattern of route ids, such as `checkout` or `*`."""
    maximum: int = 0
    """In basis points, 0 to 9,999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStages:
    """The direct members of an ensemble must be in one of these stages; other versions pass."""

    stages: tuple[str, ...]
    except_soft: bool = False
    """Whether soft members may be in any stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFiringMonitor:
    """No monitor of a certain severity may fire on the version."""

    min_severity: MonitorSeverity | int
    routes: str = ""
    """A pattern of routes in which such a version gets no more units; empty for none."""


Check = (
    MetricBound
    | MetricChange
    | SliceSpread
    | RequiredLineage
    | RequiredFiles
    | RequiredLabels
    | RequiredAttestations
    | CelExpression
    | RouteWeightBound
    | MemberStages
    | NoFiringMonitor
)
"""A check of a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a policy."""

    id: str
    """Unique in the policy."""
    check: Check | None
    """The check; None when this release does not know its kind."""
    severity: RuleSeverity | int = RuleSeverity.BLOCK
