"""Signals: what was measured on a version while it is used, for one window of time."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class SignalKind(IntEnum):
    """What a signal was measured on."""

    DATA = 1
    """The inputs of the version, such as the drift of a feature."""
    PREDICTION = 2
    """Its outputs."""
    PERFORMANCE = 3
    """A metric that needs the true outcome, such as AUC or recall."""
    OPERATIONS = 4
    """How it runs, such as latency or the rate of errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One statistic of one subject, over the window from `window_start` until `window_end`."""

    kind: SignalKind | int
    """A plain int is a kind that this release does not know."""
    subject: str
    """What was measured: the name of a feature, an output or a metric."""
    method: str
    """How: `psi`, `ks`, `js`, `chi2`, `wasserstein`, or the name of a metric."""
    statistic: float
    """The result; always finite."""
    window_start: datetime
    """The first instant of the window; aware of its time zone."""
    window_end: datetime
    """The end of the window, which is not part of it."""
    p_value: float | None = None
    """The probability of such a statistic without drift; None for methods without a test."""
    dimension: str = ""
    """With `value` the slice that it was measured on, such as `age` and `60-69`; empty for all."""
    value: str = ""
    arm: str = ""
    """The arm of the route that it was measured on; empty for all."""
    target: str = ""
    """Where it was measured, such as `eu-prod`; empty for everywhere."""
    reference_count: int = 0
    """The number of values of the reference that the statistic was computed from."""
    current_count: int = 0
    """The number of values of the window that the statistic was computed from."""
    profile_digest: str = ""
    """`sha256:<hex>` of the reference profile; empty for none."""
    producer: str = ""
    """The program that measured it."""
