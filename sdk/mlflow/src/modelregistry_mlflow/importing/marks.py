"""What an imported version records about its origin, in annotations."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mlflow.entities.model_registry import ModelVersion

from modelregistry.types import Version

NUMBER: Final = "mlflow.version"
"""The number of the version in MLflow's registry."""
REGISTRY: Final = "mlflow.registry"
"""The address of that registry, without credentials."""
CREATED: Final = "mlflow.created"
"""When it was created there, RFC 3339."""
REASON: Final = "imported from MLflow"
"""The reason that the histories of aliases and stages have for a move by an import."""


def of(source: ModelVersion, registry: str) -> Mapping[str, str]:
    """Return the annotations of a version that is imported: its tags, and its origin."""
    created = datetime.fromtimestamp((source.creation_timestamp or 0) / 1_000, UTC)
    origin = {
        NUMBER: str(source.version),
        REGISTRY: registry,
        CREATED: created.isoformat().replace("+00:00", "Z"),
    }
    return {**source.tags, **origin}


def number(version: Version, registry: str) -> int | None:
    """Return the number in MLflow of a version that was imported from a registry, else None."""
    found = version.annotations.get(NUMBER, "")
    same = version.annotations.get(REGISTRY) == registry
    return int(found) if same and found.isascii() and found.isdigit() else None


def changed(here: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of MLflow that differ here. Tags that were removed there stay."""
    return {key: value for key, value in tags.items() if here.get(key) != value}
