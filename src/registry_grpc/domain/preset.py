"""Presets: the settings with which a namespace can begin."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from registry_grpc.domain.stage import ARCHIVED, NONE, PRODUCTION, STAGING
from registry_grpc.domain.stage_graph import Stage, StageEdge, StageGraph


@dataclass(frozen=True, slots=True)
class Preset:
    """The settings of a new namespace. graph: None for the default one."""

    graph: StageGraph | None = None
    reuse_purged_names: bool = False


PLAIN = Preset()
_MLFLOW_STAGES = (NONE, STAGING, PRODUCTION, ARCHIVED)
_MLFLOW = Preset(
    graph=StageGraph(
        stages=tuple(map(Stage, _MLFLOW_STAGES)),
        edges=tuple(StageEdge(*edge) for edge in permutations(_MLFLOW_STAGES, 2)),
    ),
    reuse_purged_names=True,
)
PRESETS: Mapping[str, Preset] = {"mlflow": _MLFLOW}
"""By name. mlflow: stages without capacity and with all moves, and names that can be used again,
as clients of MLflow expect."""


def preset(text: str) -> Preset:
    """Return the preset with this name, '' for the defaults; raise ValueError."""
    if text and text not in PRESETS:
        message = f"must be empty or one of {', '.join(PRESETS)}: {text[:80]!r}"
        raise ValueError(message)
    return PRESETS.get(text, PLAIN)
