"""Models of MLflow for the tests: small folders that MLflow has written or could have."""

from pathlib import Path

import mlflow
import numpy as np
from mlflow.models import infer_signature
from sklearn.ensemble import RandomForestClassifier

ROWS: list[list[float]] = [[0.0, 0.0], [1.0, 1.0]]


def forest() -> RandomForestClassifier:
    """Return a trained model."""
    return RandomForestClassifier(n_estimators=3, random_state=0).fit(ROWS, [0, 1])


def log_forest(name: str = "model", registered: str | None = None) -> object:
    """Log a model of scikit-learn in the active run; return what MLflow says of it."""
    return mlflow.sklearn.log_model(
        forest(),
        name,
        registered_model_name=registered,
        signature=infer_signature(np.array(ROWS), np.array([0, 1])),
        pip_requirements=["scikit-learn==1.9.1", "numpy==2.4.6"],
    )


def folder(place: Path, text: str = "bytes of a model") -> str:
    """Write a folder that a version can be registered from; return its path."""
    (place / "data").mkdir(parents=True)
    (place / "MLmodel").write_text("flavors: {}\n")
    (place / "data" / "model.bin").write_text(text)
    return str(place)
