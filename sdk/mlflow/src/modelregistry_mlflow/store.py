"""The store: what MLflow's entry point `mlflow.model_registry_store` names."""

from modelregistry_mlflow.aliases import Aliases
from modelregistry_mlflow.model_versions import ModelVersions
from modelregistry_mlflow.searches import Searches
from modelregistry_mlflow.stages import Stages
from modelregistry_mlflow.tags import Tags
from modelregistry_mlflow.webhooks import Webhooks


class RegistryStore(Stages, Searches, ModelVersions, Aliases, Tags, Webhooks):
    """The model registry as a registry store of MLflow.

    `store_uri` is `modelreg://HOST:PORT/NAMESPACE`, with `modelregs://` always by TLS.
    `tracking_uri` is where runs and their artifacts are read.

    It is safe to use from threads, after a fork, and after pickling. Errors are MlflowException
    with the codes and messages of MLflow's own store, as far as it has the error.
    """
