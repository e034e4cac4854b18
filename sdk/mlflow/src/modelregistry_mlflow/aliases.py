"""Aliases of MLflow: the registry's aliases."""

from typing import Final

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.utils import validation
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_name,
)
from typing_extensions import override

from modelregistry import errors
from modelregistry_mlflow.base import StoreBase
from modelregistry_mlflow.entities import model_version
from modelregistry_mlflow.errors import alias_not_found, translated

_LATEST: Final = "latest"
# MLflow 2 has no such check; the registry refuses what this one refuses.
_check_reserved = getattr(validation, "_validate_model_alias_name_reserved", lambda _: None)


class Aliases(StoreBase):
    """The methods of MLflow's store for aliases."""

    @override
    def set_registered_model_alias(self, name: str, alias: str, version: int | str) -> None:
        """Point an alias at a version."""
        _validate_model_name(name)
        _validate_model_alias_name(alias)
        _check_reserved(alias)
        found = self._read_version(name, version)
        with translated(name=name, version=version, alias=alias):
            self._registry.set_alias(self._model_name(name), alias, found)

    @override
    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias; one that does not exist is no error."""
        _validate_model_name(name)
        _validate_model_alias_name(alias)
        model = self._read_model(name)
        with translated(name=name, alias=alias):
            try:
                self._registry.delete_alias(model, alias)
            except (errors.AliasNotFound, errors.InvalidRequest):
                return  # nothing has an alias that the registry refuses

    @override
    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Read the version that an alias points at; of `latest` the one with the highest number."""
        _validate_model_name(name)
        _validate_model_alias_name(alias)
        if alias.lower() == _LATEST:
            return self._newest(name)
        with translated(name=name, alias=alias):
            try:
                version = self._registry.get_version(f"{self._model_name(name)}/aliases/{alias}")
            except (errors.InvalidRequest, errors.AliasNotFound) as error:
                self._read_model(name)  # raises for a former name, which leads to a model here
                raise alias_not_found(alias) from error
        if version.model != name:
            self._read_model(name)
        return model_version(version)

    def _newest(self, name: str) -> ModelVersion:
        latest = self.get_latest_versions(name)
        if not latest:
            message = f"Latest version not found for model {name}."
            raise MlflowException(message, RESOURCE_DOES_NOT_EXIST)
        return max(latest, key=lambda version: int(version.version))
