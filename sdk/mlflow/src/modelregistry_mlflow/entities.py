"""Models and versions of the registry as MLflow's entities."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from mlflow.entities.model_registry import (
    ModelVersion,
    ModelVersionTag,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from mlflow.entities.model_registry import RegisteredModel as MlflowModel
from mlflow.entities.model_registry.model_version_stages import ALL_STAGES
from typing_extensions import override

from modelregistry.names import segment
from modelregistry.types import Model, Source, Version, VersionState

_STAGES: Final = {stage.lower(): stage for stage in ALL_STAGES}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNKNOWN_CALLERS: Final = frozenset({"", "local"})


class RegisteredModel(MlflowModel):
    """A registered model that reads its aliases and latest versions when they are used.

    MLflow reads a model in nearly every call, mostly for its tags: that is one lookup.
    """

    def __init__(
        self,
        model: Model,
        aliases: Callable[[], Mapping[str, int]],
        latest_versions: Callable[[], list[ModelVersion]],
    ) -> None:
        self._read_aliases = aliases
        self._read_latest = latest_versions
        super().__init__(
            name=model.id,
            creation_timestamp=millis(model.create_time),
            last_updated_timestamp=millis(model.activity_time or model.update_time),
            description=model.description or None,
            tags=[RegisteredModelTag(*pair) for pair in model.annotations.items()],
        )
        self.__dict__.pop("aliases_read", None)
        self.__dict__.pop("latest_read", None)

    @property
    def _aliases(self) -> dict[str, int]:
        if "aliases_read" not in self.__dict__:
            self.__dict__["aliases_read"] = dict(self._read_aliases())
        return self.__dict__["aliases_read"]

    @_aliases.setter
    def _aliases(self, aliases: dict[str, int]) -> None:
        self.__dict__["aliases_read"] = aliases

    @property
    def _latest_version(self) -> list[ModelVersion]:
        if "latest_read" not in self.__dict__:
            self.__dict__["latest_read"] = self._read_latest()
        return self.__dict__["latest_read"]

    @_latest_version.setter
    def _latest_version(self, versions: list[ModelVersion]) -> None:
        self.__dict__["latest_read"] = versions

    @classmethod
    def _properties(cls) -> list[str]:
        return MlflowModel._properties()  # noqa: SLF001 - of the class that this one extends

    @override
    def __reduce__(self) -> tuple[object, ...]:
        aliases = [RegisteredModelAlias(*pair) for pair in self._aliases.items()]
        tags = [RegisteredModelTag(*pair) for pair in self._tags.items()]
        moments = (self.creation_timestamp, self.last_updated_timestamp)
        facts = (self.name, *moments, self.description, self.latest_versions, tags, aliases)
        return MlflowModel, facts


def model_version(version: Version, *, with_aliases: bool = True) -> ModelVersion:
    """Return a version as MLflow's.

    with_aliases: MLflow's own store leaves the aliases of found and latest versions out.
    """
    source = version.source or Source()
    return ModelVersion(
        name=version.model,
        version=version.number,
        creation_timestamp=millis(version.create_time),
        last_updated_timestamp=millis(version.update_time),
        description=version.description or None,
        user_id=None if version.creator in _UNKNOWN_CALLERS else version.creator,
        current_stage=stage_name(version.stage),
        source=source_of(version),
        run_id=source.run_id or None,
        status_message=_state(version),
        tags=[ModelVersionTag(*pair) for pair in version.annotations.items()],
        run_link=source.run_link or None,
        aliases=list(version.aliases) if with_aliases else [],
    )


def source_of(version: Version) -> str:
    """Return the source of a version: of a copy within the namespace its original, as in MLflow."""
    origin = version.copied_from
    if origin is not None and not origin.registry:
        model, _, number = origin.version.partition("/versions/")
        if segment(model, "namespaces") == version.namespace:
            return f"models:/{segment(model, 'models')}/{number}"
    return version.source.uri if version.source else ""


def stage_name(stage: str) -> str:
    """Return a stage as MLflow writes it: `Production`; others keep their own name."""
    return _STAGES.get(stage, stage)


def millis(moment: datetime | None) -> int | None:
    """Return a time in milliseconds since 1970."""
    return None if moment is None else (moment - _EPOCH) // timedelta(milliseconds=1)


def _state(version: Version) -> str | None:
    state = version.state
    if state == VersionState.ACTIVE:
        return None
    return state.name.lower() if isinstance(state, VersionState) else f"state {state}"
