"""The import: every model of a registry of MLflow, one after the other."""

from collections.abc import Iterator, Sequence

from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException

from modelregistry import Client
from modelregistry.errors import InvalidRequest
from modelregistry.types import ImportedVersion, ImportOptions, ImportStatus
from modelregistry_mlflow.importing.model import ModelImport
from modelregistry_mlflow.importing.origin import Origin


def import_models(client: Client, options: ImportOptions) -> Iterator[ImportedVersion]:
    """Import registered models into the client's namespace; yield each version when it is done.

    A model that fails is reported, and the others are imported. Raises InvalidRequest when MLflow
    refuses to list its models, and the errors of the registry that concern all of them.
    """
    origin = Origin(options.tracking_uri, options.registry_uri)
    client.get_namespace(
        client.namespace
    )  # a wrong namespace or token is one error, not one of each model
    for model in _chosen(origin, options.models):
        try:
            yield from ModelImport(client, origin, model, options).run()
        except Exception as error:  # noqa: BLE001 - of any answer that another registry gives
            yield failed(model.name, error)


def failed(model: str, error: Exception) -> ImportedVersion:
    """Return the outcome of a model that failed as a whole."""
    return ImportedVersion(model=model, status=ImportStatus.FAILED, problems=(str(error),))


def _chosen(origin: Origin, names: Sequence[str]) -> Iterator[RegisteredModel]:
    try:
        yield from origin.models(names)
    except MlflowException as error:
        message = f"MLflow: {error.message}"
        raise InvalidRequest(message) from error
