"""What all parts of the store share: the registry's client, and names."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils.validation import _validate_model_name, _validate_model_version

from modelregistry import Client, errors
from modelregistry.types import Model, Version
from modelregistry_mlflow.connection import client
from modelregistry_mlflow.errors import (
    NO_MODEL,
    is_name_problem,
    model_not_found,
    translated,
    version_not_found,
)
from modelregistry_mlflow.uri import parse_registry


class StoreBase(AbstractStore):
    """The address of the registry, and reads by MLflow's names.

    It holds no connection, so that it can be pickled: the clients belong to the process.
    """

    def __init__(self, store_uri: str | None = None, tracking_uri: str | None = None) -> None:
        super().__init__(store_uri, tracking_uri)
        self._uri = parse_registry(store_uri or "")
        self._tracking_uri = tracking_uri

    @property
    def _registry(self) -> Client:
        with translated():
            return client(self._uri)

    def _model_name(self, name: str) -> str:
        return f"namespaces/{self._uri.namespace}/models/{name}"

    def _version_name(self, name: str, version: int | str) -> str:
        return f"{self._model_name(name)}/versions/{version}"

    def _read_model(self, name: str) -> Model:
        """Return a model that is not deleted; MlflowException otherwise."""
        _validate_model_name(name)
        with translated(name=name):
            try:
                model = self._registry.get_model(self._model_name(name))
            except errors.InvalidRequest as error:
                # Nothing can have a name that the registry refuses.
                raise model_not_found(name) if is_name_problem(error) else error from error
        if model.delete_time is not None or model.id != name:
            raise model_not_found(name)
        return model

    def _read_version(self, name: str, version: int | str) -> Version:
        """Return a version that is not deleted; MlflowException otherwise."""
        _validate_model_name(name)
        number = checked_number(version)
        with translated(name=name, version=version):
            try:
                found = self._registry.get_version(self._version_name(name, number))
            except (errors.InvalidRequest, *NO_MODEL) as error:
                raise version_not_found(name, version) from error
        if found.delete_time is not None or found.model != name:
            raise version_not_found(name, version)
        return found


def checked_number(version: int | str) -> int:
    """Return the number of a version that may be text; MlflowException for other texts."""
    _validate_model_version(version)
    return int(version)


def annotations(tags: Iterable[Any] | None) -> Mapping[str, str]:
    """Return MLflow's tags as annotations: a list of tags, or a container of protobuf."""
    return {tag.key: tag.value for tag in tags or ()}
