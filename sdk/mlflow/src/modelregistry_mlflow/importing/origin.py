"""The registry of MLflow that models are imported from."""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY

from modelregistry._credentials import without_credentials
from modelregistry.errors import ConfigurationError
from modelregistry_mlflow.uri import SCHEMES

_MISSING: Final = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})
_PAGE: Final = 100


class Origin:
    """Reads of a registry of MLflow and of the tracking store of its runs."""

    def __init__(self, tracking_uri: str, registry_uri: str = "") -> None:
        self.tracking_uri = tracking_uri
        # Not that of the environment: it may be the registry that is imported into.
        registry = registry_uri or tracking_uri
        if urlsplit(registry).scheme in SCHEMES:
            shown = without_credentials(registry)
            message = f"{shown} is a registry of this kind: copy versions with `modelreg copy`"
            raise ConfigurationError(message)
        self._client = MlflowClient(tracking_uri, registry)
        self.id = without_credentials(registry)
        """The registry's address, as versions record it."""

    def models(self, names: Sequence[str]) -> Iterator[RegisteredModel]:
        """Yield the models with these names, by default all, prompts last; each by name."""
        if names:
            yield from (self._client.get_registered_model(name) for name in names)
            return
        yield from self._found("")
        yield from self._found(f"tag.`{IS_PROMPT_TAG_KEY}` = 'true'")

    def versions(self, model: str) -> list[ModelVersion]:
        """Return the versions of a model by number, with their aliases."""
        quote = '"' if "'" in model else "'"
        condition = f"name = {quote}{model}{quote}"
        found: dict[int, ModelVersion] = {}
        for prompts in ("", f" AND tag.`{IS_PROMPT_TAG_KEY}` = 'true'"):
            token = None
            while True:
                page = self._client.search_model_versions(
                    condition + prompts, max_results=_PAGE, page_token=token
                )
                found |= {int(each.version): each for each in page if each.name == model}
                token = _next(token, page.token)
                if not token:
                    break
        return [found[number] for number in sorted(found)]

    def place(self, version: ModelVersion) -> str:
        """Return the address of the files of a version: of a copy, those of its original."""
        if urlsplit(version.source).scheme != "models":
            return str(version.source)
        return str(self._client.get_model_version_download_uri(version.name, version.version))

    def run(self, run_id: str) -> Run | None:
        """Return a run, None if it does not exist any more."""
        try:
            return self._client.get_run(run_id)
        except MlflowException as error:
            if error.error_code in _MISSING:
                return None
            raise

    def _found(self, condition: str) -> Iterator[RegisteredModel]:
        token = None
        while True:
            page = self._client.search_registered_models(
                condition or None, max_results=_PAGE, order_by=["name"], page_token=token
            )
            yield from page
            token = _next(token, page.token)
            if not token:
                return


def _next(token: str | None, following: str | None) -> str | None:
    if following and following == token:
        message = "a page of the registry of MLflow is followed by itself"
        raise MlflowException(message)
    return following
