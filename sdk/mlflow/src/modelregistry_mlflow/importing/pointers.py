"""The aliases and the stage of an imported version."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from mlflow.entities.model_registry import ModelVersion

from modelregistry import Client
from modelregistry.errors import RegistryError
from modelregistry.types import Alias, Model, Version
from modelregistry_mlflow.importing.marks import REASON

_NO_STAGE = frozenset({"", "none"})


@dataclass
class Moves:
    """What became of the aliases and the stage of one version."""

    changed: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Pointers:
    """Sets aliases and stages as MLflow has them, unless they were moved here since."""

    def __init__(self, client: Client, model: Model) -> None:
        self._client = client
        self._model = model
        self._aliases: dict[str, Alias] = {each.id: each for each in client.list_aliases(model)}

    def update(self, version: Version, source: ModelVersion, aliases: Iterable[str]) -> Moves:
        """Set the aliases and the stage of a version. What fails is a problem, not an error."""
        moves = Moves()
        self._set_stage(version, (source.current_stage or "").lower(), moves)
        for alias in aliases:
            self._set_alias(version, alias, moves)
        return moves

    def remove_aliases_except(self, kept: Collection[str]) -> None:
        """Delete the aliases of earlier imports that MLflow does not have any more."""
        for name, alias in self._aliases.items():
            if name not in kept and self._imported(alias):
                self._client.delete_alias(self._model, name, etag=alias.etag, reason=REASON)

    def _set_alias(self, version: Version, name: str, moves: Moves) -> None:
        alias = self._aliases.get(name)
        if alias is not None and alias.version == version.name:
            return
        if alias is not None and not self._imported(alias):
            moves.notes.append(f"alias {name} was set to {alias.version_ref} here and stays there")
            return
        try:
            self._client.set_alias(
                self._model, name, version, etag=alias.etag if alias else "", reason=REASON
            )
            moves.changed = True
        except RegistryError as error:
            moves.problems.append(f"alias {name}: {error.message}")

    def _set_stage(self, version: Version, stage: str, moves: Moves) -> None:
        if stage == version.stage or (stage in _NO_STAGE and version.stage in _NO_STAGE):
            return
        if self._moved_here(version):
            moves.notes.append(f"it was moved to {version.stage} here and stays there")
            return
        try:
            self._client.set_stage(version, stage or "none", reason=REASON)
            moves.changed = True
        except RegistryError as error:
            moves.problems.append(f"stage {stage}: {error.message}")

    def _imported(self, alias: Alias) -> bool:
        newest = next(iter(self._client.alias_history(self._model, alias.id, page_size=1)), None)
        return newest is not None and newest.reason == REASON

    def _moved_here(self, version: Version) -> bool:
        history = self._client.stage_history(self._model)
        newest = next((move for move in history if move.version == version.name), None)
        return newest is not None and newest.reason != REASON
