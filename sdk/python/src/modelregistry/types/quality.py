"""How good a version is, and what goes in and comes out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceInterval:
    """A confidence interval; low ≤ high, both finite."""

    low: float
    high: float
    level: float
    """Between 0 and 1 and neither, such as 0.95."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceMetric:
    """One metric on one part of the data, such as auc of age = 60-69."""

    dimension: str
    """What the data was divided by, such as `age`."""
    value: str
    """Which part, such as `60-69`."""
    metric: str
    """Which metric, such as `auc`."""
    result: float
    count: int = 0
    """How many examples the part has."""
    interval: ConfidenceInterval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One tensor or column."""

    dtype: str
    """Such as `float32`, `int64`, `string`."""
    name: str = ""
    shape: tuple[int, ...] = ()
    """One entry per axis, -1 for any length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What goes into a model and what comes out, each in order."""

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
