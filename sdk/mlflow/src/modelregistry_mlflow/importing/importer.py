"""The import: every model of a registry of MLflow, one after the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException

from modelregistry import Client
from modelregistry._credentials import redacted
from modelregistry.errors import InvalidRequest, RegistryError
from modelregistry.types import ImportedVersion, ImportOptions, ImportStatus
from modelregistry_mlflow.importing.model import ModelImport
from modelregistry_mlflow.importing.origin import Origin


def import_models(client: Client, options: ImportOptions) -> Iterator[ImportedVersion]:
    """Import registered models into the client's namespace; yield each version when it is done.

    A model that fails is reported, and the others are imported. Raises InvalidRequest when MLflow
    refuses to list its models, and the errors of the registry that concern all of them. No text has
    passwords or tokens of MLflow's addresses.
    """
    for each in _imported(client, options):
        problems, notes = (tuple(map(redacted, texts)) for texts in (each.problems, each.notes))
        yield replace(each, problems=problems, notes=notes)


def _imported(client: Client, options: ImportOptions) -> Iterator[ImportedVersion]:
    with _mlflow_errors():
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
    models = origin.models(names)
    while True:
        with _mlflow_errors():
            model = next(models, None)
        if model is None:
            return
        yield model


@contextmanager
def _mlflow_errors() -> Iterator[None]:
    """Raise InvalidRequest for what MLflow raises, which may be any error of its drivers."""
    try:
        yield
    except RegistryError:
        raise
    except Exception as error:  # noqa: BLE001 - raised as ours, without its own text
        reason = error.message if isinstance(error, MlflowException) else str(error)
        message = f"MLflow: {redacted(reason) or type(error).__name__}"
        # Its own text may have a password, which a traceback would print.
        raise InvalidRequest(message) from None
