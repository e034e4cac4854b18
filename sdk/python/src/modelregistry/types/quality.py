"""Metrics by slice, and signatures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceInterval:
    """A confidence interval; low ≤ high, both finite."""

    low: float
    high: float
    level: float
    """Between 0 and 1, both excluded, such as 0.95."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceMetric:
    """One metric on one part of the data, such as auc of age = 60-69."""

    dimension: str
    """The attribute that divides the data, such as `age`."""
    value: str
    """The value of the attribute, such as `60-69`."""
    metric: str
    """The name of the metric, such as `auc`."""
    result: float
    count: int = 0
    """The number of examples in the slice."""
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
    """The inputs and outputs of a model, each in order."""

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
