"""Conventional readings of the statistics, as hints for people: no monitor uses them."""

from typing import Final

from modelregistry.drift.results import DriftResult

_PSI: Final = ((0.25, "large"), (0.1, "moderate"))
_JS: Final = 0.1
_P_VALUE: Final = 0.05
_DEVIATIONS: Final = 0.1


def hint(result: DriftResult) -> str:
    """Return `none`, `drift`, or for `psi` `moderate` or `large`; empty if there is no convention.

    `psi`: moderate from 0.1, large from 0.25. `js`: drift from 0.1. `ks` and `chi2`: drift for a
    p-value below 0.05, which of many rows even differences without importance have.
    `wasserstein`: drift from a tenth of the reference's standard deviation.
    """
    if result.method == "psi":
        return next((text for bound, text in _PSI if result.statistic >= bound), "none")
    if result.p_value is not None:
        return "drift" if result.p_value < _P_VALUE else "none"
    if result.method == "js":
        return "drift" if result.statistic >= _JS else "none"
    if not result.scale:
        return ""
    return "drift" if result.statistic >= _DEVIATIONS * result.scale else "none"
