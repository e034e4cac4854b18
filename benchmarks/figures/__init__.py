"""All figures, in the order in which they are measured and shown."""

from collections.abc import Sequence

from benchmarks.figure import Figure
from benchmarks.figures import (
    again,
    closure,
    gate,
    lineage_walk,
    list_deep,
    lookup,
    lookup_attacked,
    lookup_cold,
    lookup_mlflow,
    lookup_scale,
    lookup_unit,
    memory,
    pull,
    pull_mlflow,
    push,
    push_mlflow,
    resolver,
    rollback,
    router,
    set_route,
    small_files,
    transitions,
    watch_fanout,
    workers,
)

FIGURES: Sequence[Figure] = (
    lookup.FIGURE,
    lookup_attacked.FIGURE,
    lookup_cold.FIGURE,
    closure.FIGURE,
    lookup_mlflow.FIGURE,
    resolver.FIGURE,
    router.FIGURE,
    lookup_unit.FIGURE,
    set_route.FIGURE,
    watch_fanout.FIGURE,
    gate.FIGURE,
    workers.FIGURE,
    push.FIGURE,
    pull.FIGURE,
    again.FIGURE,
    small_files.FIGURE,
    memory.FIGURE,
    transitions.FIGURE,
    rollback.FIGURE,
    push_mlflow.FIGURE,
    pull_mlflow.FIGURE,
    # The large registry that they share takes its disk from then on.
    lookup_scale.FIGURE,
    list_deep.FIGURE,
    lineage_walk.FIGURE,
)
