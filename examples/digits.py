"""Models that recognize handwritten digits, and their recall for each digit."""

from pathlib import Path
from typing import TypeAlias

import joblib
import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from modelregistry import ConfidenceInterval, SliceMetric

Model: TypeAlias = GaussianNB | SVC
Digits: TypeAlias = npt.NDArray[np.int64]

# 1,797 scanned digits that scikit-learn ships: 64 grey values and the digit of each.
LEARN, TEST, LEARN_DIGITS, TEST_DIGITS = train_test_split(
    *load_digits(return_X_y=True), random_state=7
)
_FEW = 6


def simple() -> GaussianNB:
    """Return a weak model, trained on all scans."""
    return GaussianNB().fit(LEARN, LEARN_DIGITS)


def good() -> SVC:
    """Return a better model, trained on all scans."""
    return SVC(gamma=0.001).fit(LEARN, LEARN_DIGITS)


def hasty() -> SVC:
    """Return a model of the better kind, trained on data without most of the eights."""
    kept = np.ones(len(LEARN_DIGITS), dtype=bool)
    kept[np.flatnonzero(LEARN_DIGITS == 8)[_FEW:]] = False  # noqa: PLR2004 - the digit
    return SVC(gamma=0.001).fit(LEARN[kept], LEARN_DIGITS[kept])


def save(model: Model, folder: Path) -> None:
    """Write a model to a new folder."""
    folder.mkdir()
    joblib.dump(model, folder / "model.joblib")
    (folder / "README.md").write_text("Reads a digit from 64 grey values of 0 to 16.\n")


def recall(model: Model) -> float:
    """Return the recall on the test data; over all digits it equals the accuracy."""
    return float((model.predict(TEST) == TEST_DIGITS).mean())


def slices(model: Model) -> list[SliceMetric]:
    """Return the recall of each digit."""
    right = model.predict(TEST) == TEST_DIGITS
    return [_recall_on(digit, right[digit == TEST_DIGITS]) for digit in range(10)]


def _recall_on(digit: int, right: npt.NDArray[np.bool_]) -> SliceMetric:
    """Return the recall of one digit with its 95 % confidence interval, by Wilson's formula."""
    n, p, z = len(right), float(right.mean()), 1.96
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return SliceMetric(
        dimension="digit",
        value=str(digit),
        metric="recall",
        result=p,
        count=n,
        interval=ConfidenceInterval(low=centre - margin, high=centre + margin, level=0.95),
    )
