"""Stages of MLflow: those of the namespace's stage graph, with the same names in lower case."""

from collections.abc import Iterable
from typing import Final

from mlflow.entities.model_registry import ModelVersion
from mlflow.entities.model_registry.model_version_stages import (
    ALL_STAGES,
    DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS,
    get_canonical_stage,
)
from mlflow.exceptions import MlflowException
from typing_extensions import override

from modelregistry.types import Version, VersionState
from modelregistry_mlflow.entities import model_version, stage_name
from modelregistry_mlflow.errors import NO_MODEL, translated, waits
from modelregistry_mlflow.registered_models import RegisteredModels

_ARCHIVED: Final = "archived"
_MOST_MOVES: Final = 100
"""The most moves of one transition."""
_USABLE: Final = frozenset({VersionState.ACTIVE, VersionState.DEPRECATED})
"""Names that move resolve to versions in these states only."""


class Stages(RegisteredModels):
    """The methods of MLflow's store for stages."""

    @override
    def get_latest_versions(
        self, name: str, stages: Iterable[str] | None = None
    ) -> list[ModelVersion]:
        """Return the newest version of each stage, or of the given stages."""
        self._read_model(name)
        wanted = {self._stage(stage) for stage in stages or ()}
        with translated(name=name):
            latest = self._newest_by_stage(name)
        return [model_version(each) for each in latest if not wanted or each.stage in wanted]

    @override
    def transition_model_version_stage(
        self, name: str, version: int | str, stage: str, archive_existing_versions: bool
    ) -> ModelVersion:
        """Move a version to a stage, as far as the policies of the stage allow.

        The versions to be archived move in the same transaction. Raises BAD_REQUEST with the
        findings for a promotion that a policy blocks, or that waits for approvals.
        """
        target = self._stage(stage)
        if archive_existing_versions and stage_name(target) not in _ACTIVE:
            message = (
                "Model version transition cannot archive existing model versions "
                f"because '{stage}' is not an Active stage. Valid stages are {_ACTIVE}"
            )
            raise MlflowException(message)
        found = self._read_version(name, version)
        with translated(name=name, version=version):
            others = self._others(found, target) if archive_existing_versions else []
            self._move(found, target, others)
        return model_version(self._read_version(name, version))

    def _move(self, version: Version, target: str, others: list[Version]) -> None:
        with_it = others[: _MOST_MOVES - 1]
        if version.stage != target:
            transition = self._registry.promote(version, target, archive=with_it)
            if transition.is_open:
                raise waits(transition)
            others = others[_MOST_MOVES - 1 :]
        for start in range(0, len(others), _MOST_MOVES):
            self._registry.promote(others[start : start + _MOST_MOVES], _ARCHIVED)

    def _others(self, version: Version, stage: str) -> list[Version]:
        listed = self._registry.list_versions(
            self._model_name(version.model), filter=f"stage = {stage}"
        )
        return [each for each in listed if each.number != version.number]

    @override
    def _latest_of(self, name: str) -> list[ModelVersion]:
        with translated(name=name):
            try:
                latest = self._newest_by_stage(name)
            except NO_MODEL:
                return []  # the model was deleted after it was read
        return [model_version(version, with_aliases=False) for version in latest]

    def _newest_by_stage(self, name: str) -> list[Version]:
        """Return the newest version of each stage, by number."""
        found: dict[str, Version] = {}
        # Registries of earlier releases list all versions, the newest first.
        for version in self._registry.newest_in_stages(self._model_name(name), full=True):
            if version.state in _USABLE:
                found.setdefault(version.stage, version)
        return sorted(found.values(), key=lambda version: version.number)

    def _stage(self, stage: str) -> str:
        """Return the id of a stage, whatever its case; MlflowException for an unknown one."""
        text = str(stage).lower()
        if text in _MLFLOW_STAGES:
            return text
        with translated():
            graph = self._registry.stage_graph(self._uri.namespace)
        if text in {each.id for each in graph.stages}:
            return text
        return str(get_canonical_stage(stage)).lower()  # MLflow's error


_ACTIVE: Final = DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS
_MLFLOW_STAGES: Final = frozenset(stage.lower() for stage in ALL_STAGES)
