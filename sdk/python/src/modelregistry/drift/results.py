"""What a comparison of a table with a profile found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modelregistry._convert.writing import invalid
from modelregistry.drift.profiles import ColumnKind
from modelregistry.types import Signal, SignalKind

PRODUCER: Final = "modelregistry.drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResult:
    """One statistic of one column."""

    subject: str
    """The name of the column."""
    method: str
    """`psi`, `js`, `ks`, `chi2` or `wasserstein`."""
    statistic: float
    p_value: float | None = None
    """Of `ks` and `chi2`; None for methods without a test."""
    reference_count: int
    """The number of rows or values of the reference that it was computed from."""
    current_count: int
    reference_sampled: bool = False
    """Whether the values of the reference are a sample of it."""
    current_sampled: bool = False
    scale: float | None = None
    """Of `wasserstein`: the standard deviation of the reference, in the same unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedMethod:
    """A method without an answer for a column."""

    subject: str
    method: str
    """The method; empty for all of them."""
    reason: str
    """Why, as a part of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A bin with its counts. `psi`, `js` and `chi2` compare these."""

    label: str
    """Such as `0.5 to 1.25`, a category, `other` or `missing`."""
    reference: int
    current: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnComparison:
    """One column of the profile, compared."""

    name: str
    kind: ColumnKind
    missing: int = 0
    """The number of missing values of the table."""
    infinite: int = 0
    """The number of infinite values of the table; those of the reference are in its profile."""
    bins: tuple[Bin, ...] = ()
    """Empty for a column that was not compared."""
    results: tuple[DriftResult, ...] = ()
    skipped: tuple[SkippedMethod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A table, compared with a profile."""

    profile_digest: str
    """`sha256:<hex>` of the profile's file."""
    reference_rows: int
    rows: int
    columns: tuple[ColumnComparison, ...]
    """In the order of the profile."""
    other_columns: tuple[str, ...] = ()
    """Columns of the table that the profile lacks."""

    @property
    def results(self) -> Sequence[DriftResult]:
        """The results of all columns."""
        return [result for column in self.columns for result in column.results]

    @property
    def skipped(self) -> Sequence[SkippedMethod]:
        """The methods without an answer, of all columns."""
        return [skipped for column in self.columns for skipped in column.skipped]

    def signals(
        self,
        window: tuple[datetime, datetime],
        *,
        kind: SignalKind = SignalKind.DATA,
        dimension: str = "",
        value: str = "",
        arm: str = "",
        target: str = "",
        producer: str = PRODUCER,
    ) -> list[Signal]:
        """Return the results as signals of a window of time, from its start until its end.

        The other arguments are what the table was: inputs or outputs (`kind`), a slice
        (`dimension` and `value`), an arm of a route, a target. Raises InvalidRequest for a window
        that is no pair of times with time zones, the first before the second.
        """
        start, end = _window(window)
        return [
            Signal(
                kind=kind,
                subject=result.subject,
                method=result.method,
                statistic=result.statistic,
                p_value=result.p_value,
                window_start=start,
                window_end=end,
                dimension=dimension,
                value=value,
                arm=arm,
                target=target,
                reference_count=result.reference_count,
                current_count=result.current_count,
                profile_digest=self.profile_digest,
                producer=producer,
            )
            for result in self.results
        ]


def _window(window: object) -> Iterator[datetime]:
    if not isinstance(window, tuple | list) or len(window) != len(("start", "end")):
        raise invalid("window", "must be two times: its start and its end")
    for time in window:
        if not isinstance(time, datetime) or time.utcoffset() is None:
            raise invalid("window", "must be two datetimes with time zones")
    if window[0] >= window[1]:
        raise invalid("window", "must end after its start")
    return iter(window)
