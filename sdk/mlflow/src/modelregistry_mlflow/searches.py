"""Searches of MLflow: lists of the registry, filtered and ordered there as far as it can."""

from collections.abc import Mapping, Sequence

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry import (
    SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
    SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD,
)
from typing_extensions import override

from modelregistry import Client, errors
from modelregistry.types import Model, Version
from modelregistry_mlflow import conditions, pushdown
from modelregistry_mlflow.entities import RegisteredModel, model_version, source_of
from modelregistry_mlflow.errors import NO_MODEL, translated
from modelregistry_mlflow.paging import Pages, Position, growing, search
from modelregistry_mlflow.registered_models import RegisteredModels


class Searches(RegisteredModels):
    """The methods of MLflow's store that search."""

    @override
    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> "PagedList[RegisteredModel]":
        """Return a page of the models that match, without prompts unless the filter wants them."""
        most = SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT if max_results is None else max_results
        _check_most(most, SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD)
        parsed = conditions.parsed_of_models(filter_string)
        order = pushdown.order_of_models(order_by)
        wanted = conditions.of_models(parsed)
        start = Position.parse(page_token)

        def listed(size: int) -> Pages[Model]:
            return self._registry.list_models(
                filter=pushdown.of_models(wanted), order_by=order, full=True, page_size=size
            ).pages

        def matches(model: Model) -> bool:
            return wanted.hold({"name": model.id}, model.annotations)

        with translated():
            found = search(growing(listed, most), matches, most, start)
        return PagedList([self._entity(model) for model in found.items], found.token)

    @override
    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> "PagedList[ModelVersion]":
        """Return a page of the versions that match, as `search_registered_models` does."""
        most = SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT if max_results is None else max_results
        if not isinstance(most, int) or most < 1:
            message = (
                f"Invalid value for max_results. It must be a positive integer, but got {most}"
            )
            raise MlflowException.invalid_parameter_value(message)
        _check_most(most, SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD)
        wanted = conditions.of_versions(filter_string)
        name = pushdown.only_model(wanted)
        order = pushdown.order_of_versions(order_by, one_model=name is not None)
        start = Position.parse(page_token)

        def listed(size: int) -> Pages[Version]:
            return self._registry.list_versions(
                self._model_name("-" if name is None else name),
                filter=pushdown.of_versions(wanted, one_model=name is not None),
                order_by=order,
                full=True,
                page_size=size,
            ).pages

        def matches(version: Version) -> bool:
            return wanted.hold(_attributes(version), version.annotations)

        with translated():
            try:
                found = search(growing(listed, most), matches, most, start)
            except NO_MODEL:
                return PagedList([], None)
            except errors.InvalidRequest:
                if name is None or not _is_impossible(self._registry, self._model_name(name)):
                    raise
                return PagedList([], None)
        versions = [model_version(each, with_aliases=False) for each in found.items]
        return PagedList(versions, found.token)


def _attributes(version: Version) -> Mapping[str, str | int | None]:
    source = version.source
    return {
        "name": version.model,
        "version_number": version.number,
        "run_id": (source.run_id if source else "") or None,
        "source_path": source_of(version),
    }


def _is_impossible(registry: Client, model: str) -> bool:
    """Return whether nothing in the registry can have a name."""
    try:
        registry.get_model(model)
    except errors.InvalidRequest:
        return True
    except errors.RegistryError:
        return False
    return False


def _check_most(most: int, threshold: int) -> None:
    if most > threshold:
        message = (
            "Invalid value for request parameter max_results. It must be at most "
            f"{threshold}, but got value {most}"
        )
        raise MlflowException.invalid_parameter_value(message)
