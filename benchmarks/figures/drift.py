"""The time of a comparison of a large table with a profile, against NumPy's histograms of it."""

import time
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from modelregistry import drift

_REFERENCE = 100_000


class _Columns(Mapping[str, npt.NDArray[np.float64]]):
    """Columns of normal numbers, made when they are read; `spent_s` is the time that takes."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows = rows
        self._columns = columns
        self.spent_s = 0.0

    @override
    def __getitem__(self, name: str) -> npt.NDArray[np.float64]:
        started = time.perf_counter()
        made = np.random.default_rng(int(name)).normal(size=self._rows)
        self.spent_s += time.perf_counter() - started
        return made

    @override
    def __iter__(self) -> Iterator[str]:
        return map(str, range(self._columns))

    @override
    def __len__(self) -> int:
        return self._columns


def _measure(run: Run) -> Measurement:
    rows, columns = run.pick((10_000_000, 50), (100_000, 3))
    profile = drift.profile(_Columns(_REFERENCE, columns))
    drift.compare(profile, _Columns(1_000, columns))  # imports SciPy

    def compare() -> Sample:
        table = _Columns(rows, columns)
        started = time.perf_counter()
        drift.compare(profile, table)
        return {"s": time.perf_counter() - started - table.spent_s}

    def histogram() -> Sample:
        table, spent = _Columns(rows, columns), 0.0
        for column in profile.columns:
            values, edges = table[column.name], [-np.inf, *column.edges, np.inf]
            started = time.perf_counter()
            np.histogram(values, edges)
            spent += time.perf_counter() - started
        return {"s": spent}

    pairs = run.rounds(3, compare, histogram)
    return Measurement(pairs, {"rows": rows, "columns": columns}, {"numpy": np.__version__})


FIGURE = Figure(
    name="drift",
    title="compare 10 million rows of 50 columns with a profile",
    reference="numpy.histogram of each column with the edges of the profile",
    quantities=(Quantity("s", "time, at most 3 times", "s", headline=True),),
    measure=_measure,
    short_name="numpy",
)
