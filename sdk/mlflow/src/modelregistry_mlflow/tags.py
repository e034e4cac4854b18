"""Tags of MLflow: annotations of models and versions."""

from typing import Any

from mlflow.utils.validation import (
    _validate_model_name,
    _validate_model_version_tag,
    _validate_registered_model_tag,
    _validate_tag_name,
)
from typing_extensions import override

from modelregistry_mlflow.base import StoreBase, checked_number
from modelregistry_mlflow.errors import translated


class Tags(StoreBase):
    """The methods of MLflow's store for tags. Each change is one call, and leaves others alone."""

    @override
    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        """Set a tag of a model."""
        _validate_model_name(name)
        _validate_registered_model_tag(tag.key, tag.value)
        self._annotate_model(name, tag.key, tag.value)

    @override
    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a model; one that it does not have is no error."""
        _validate_model_name(name)
        _validate_tag_name(key)
        self._annotate_model(name, key, None)

    @override
    def set_model_version_tag(self, name: str, version: int | str, tag: Any) -> None:
        """Set a tag of a version."""
        _validate_model_name(name)
        checked_number(version)
        _validate_model_version_tag(tag.key, tag.value)
        self._annotate_version(name, version, tag.key, tag.value)

    @override
    def delete_model_version_tag(self, name: str, version: int | str, key: str) -> None:
        """Remove a tag of a version; one that it does not have is no error."""
        _validate_model_name(name)
        checked_number(version)
        _validate_tag_name(key)
        self._annotate_version(name, version, key, None)

    def _annotate_model(self, name: str, key: str, value: str | None) -> None:
        model = self._read_model(name)
        with translated(name=name):
            self._registry.update_model(model, annotations={key: value})

    def _annotate_version(self, name: str, version: int | str, key: str, value: str | None) -> None:
        found = self._read_version(name, version)
        with translated(name=name, version=version):
            self._registry.update_version(found, annotations={key: value})
