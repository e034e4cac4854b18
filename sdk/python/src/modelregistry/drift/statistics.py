"""The statistics of drift. Those that SciPy has are SciPy's."""

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

from modelregistry.drift.values import Numbers

PSI_EPSILON: Final = 0.0001
"""The least share of a bin in `psi`, so that an empty bin has a logarithm."""


def psi(reference: Sequence[int], current: Sequence[int]) -> float:
    """Return the population stability index of two lists of counts, each with a positive sum.

    The sum of (c - r) * ln(c / r) over the bins, where r and c are their shares of the reference
    and of the current values, and at least PSI_EPSILON.
    """
    expected = np.maximum(np.asarray(reference) / sum(reference), PSI_EPSILON)
    actual = np.maximum(np.asarray(current) / sum(current), PSI_EPSILON)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def js(reference: Sequence[int], current: Sequence[int]) -> float:
    """Return the Jensen-Shannon distance, from 0 to 0.8326 (the root of ln 2)."""
    with np.errstate(invalid="ignore"):
        distance = float(jensenshannon(reference, current))
    # Of almost equal shares the divergence may be rounded to less than nothing.
    return distance if np.isfinite(distance) else 0.0


def chi2(reference: Sequence[int], current: Sequence[int]) -> tuple[float, float]:
    """Return the statistic and the p-value of Pearson's test of homogeneity.

    With Yates' correction for two bins. Bins that are empty in both are left out.
    """
    table = np.array([reference, current])
    tested = chi2_contingency(table[:, table.sum(axis=0) > 0])
    return float(tested.statistic), float(tested.pvalue)


def ks(reference: Numbers, current: Numbers) -> tuple[float, float]:
    """Return the statistic and the two-sided p-value of the test of Kolmogorov and Smirnov.

    The p-value is exact for up to 10,000 values on both sides, and asymptotic for more.
    """
    with warnings.catch_warnings():
        # SciPy warns where it takes the asymptotic p-value because the exact one is out of reach.
        warnings.simplefilter("ignore", RuntimeWarning)
        tested = ks_2samp(reference, current)
    return float(tested.statistic), float(tested.pvalue)


def wasserstein(reference: Numbers, current: Numbers) -> float:
    """Return the first Wasserstein distance, in the unit of the values; perhaps not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(wasserstein_distance(reference, current))
