"""`modelreg import mlflow`: import the models of a registry of MLflow."""

from modelregistry_mlflow.importing.importer import import_models

__all__ = ["import_models"]
