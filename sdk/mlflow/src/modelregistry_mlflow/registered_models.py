"""Registered models: create, read, change, rename and delete them."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.prompt.registry_utils import handle_resource_already_exist_error, has_prompt_tag
from mlflow.protos.databricks_pb2 import BAD_REQUEST, RESOURCE_ALREADY_EXISTS
from mlflow.utils.validation import (
    _validate_model_name,
    _validate_model_renaming,
    _validate_registered_model_tag,
)
from typing_extensions import override

from modelregistry import errors
from modelregistry.types import Model
from modelregistry_mlflow.base import StoreBase, annotations
from modelregistry_mlflow.entities import RegisteredModel
from modelregistry_mlflow.errors import (
    NO_MODEL,
    Subject,
    exception,
    model_not_found,
    translated,
)

_LOG: Final = logging.getLogger(__name__)


class RegisteredModels(StoreBase):
    """The methods of MLflow's store for registered models."""

    @override
    def create_registered_model(
        self,
        name: str,
        tags: Iterable[Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,
    ) -> RegisteredModel:
        """Create a model; raise RESOURCE_ALREADY_EXISTS when there is one of this name."""
        _validate_model_name(name)
        for tag in tags or ():
            _validate_registered_model_tag(tag.key, tag.value)
        given = annotations(tags)
        with translated(name=name):
            try:
                model = self._registry.create_model(
                    self._model_name(name), description=description or "", annotations=given
                )
            except errors.ModelAlreadyExists as error:
                self._raise_taken(name, given, error)
                raise
        return RegisteredModel(model, aliases=dict, latest_versions=list)

    @override
    def update_registered_model(
        self, name: str, description: str | None, deployment_job_id: str | None = None
    ) -> RegisteredModel:
        """Change the description."""
        model = self._read_model(name)
        with translated(name=name):
            changed = self._registry.update_model(model, description=description or "")
        return self._entity(changed)

    @override
    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename a model with its versions and aliases."""
        _validate_model_renaming(new_name)
        model = self._read_model(name)
        if new_name == name:
            return self._entity(model)
        try:
            with translated(name=name):
                renamed = self._registry.rename_model(model, new_name)
        except MlflowException as error:
            if isinstance(error.__cause__, errors.ModelAlreadyExists):
                message = f"Registered Model (name={new_name}) already exists. Error: {error}"
                raise MlflowException(message, RESOURCE_ALREADY_EXISTS) from error
            raise
        return self._entity(renamed)

    @override
    def delete_registered_model(self, name: str) -> None:
        """Delete a model and, for admins, free its name and the bytes of its versions.

        For other callers the model stays restorable, and its name taken.
        """
        model = self._read_model(name)
        with translated(name=name):
            deleted = self._registry.delete_model(model, force=True)
            try:
                self._registry.purge_model(deleted, versions=True)
            except errors.PermissionDenied:
                _LOG.warning(
                    "%s is deleted, but its name stays taken until an admin purges it "
                    "(`modelreg models purge`) or restores it",
                    name,
                )

    @override
    def get_registered_model(self, name: str) -> RegisteredModel:
        """Read a model: one lookup. Its aliases and latest versions are read when they are used."""
        return self._entity(self._read_model(name))

    def _entity(self, model: Model) -> RegisteredModel:
        return RegisteredModel(
            model,
            aliases=lambda: self._aliases_of(model.id),
            latest_versions=lambda: self._latest_of(model.id),
        )

    def _aliases_of(self, name: str) -> Mapping[str, int]:
        """Return the aliases of a model with the numbers of their versions."""
        with translated(name=name):
            try:
                aliases = list(self._registry.list_aliases(self._model_name(name)))
            except NO_MODEL:
                return {}  # the model was deleted after it was read
        return {alias.id: int(alias.version.rpartition("/")[2]) for alias in aliases}

    def _latest_of(self, name: str) -> list[ModelVersion]:
        raise NotImplementedError  # in Stages

    def _raise_taken(
        self, name: str, given: Mapping[str, str], error: errors.ModelAlreadyExists
    ) -> None:
        """Raise MLflow's error for a name that a model or prompt has.

        `register_model` of MLflow goes on after RESOURCE_ALREADY_EXISTS. A name that a deleted
        model has, or one that differs in case only, is another error.
        """
        other = exception(error, Subject())
        try:
            existing = self._read_model(name)
        except MlflowException as problem:
            if problem.error_code != model_not_found(name).error_code:
                raise
            raise MlflowException(other.message, BAD_REQUEST) from error
        handle_resource_already_exist_error(
            name, has_prompt_tag(dict(existing.annotations)), has_prompt_tag(dict(given))
        )
