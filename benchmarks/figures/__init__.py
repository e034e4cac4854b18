"""All figures, in the order in which they are measured and shown."""

from collections.abc import Sequence

from benchmarks.figure import Figure
from benchmarks.figures import lookup, memory, pull, push

FIGURES: Sequence[Figure] = (lookup.FIGURE, push.FIGURE, pull.FIGURE, memory.FIGURE)
