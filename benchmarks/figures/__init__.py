"""All figures, in the order in which they are measured and shown."""

from collections.abc import Sequence

from benchmarks.figure import Figure
from benchmarks.figures import (
    again,
    lookup,
    memory,
    pull,
    pull_mlflow,
    push,
    push_mlflow,
    small_files,
)

FIGURES: Sequence[Figure] = (
    lookup.FIGURE,
    push.FIGURE,
    pull.FIGURE,
    again.FIGURE,
    small_files.FIGURE,
    memory.FIGURE,
    push_mlflow.FIGURE,
    pull_mlflow.FIGURE,
)
