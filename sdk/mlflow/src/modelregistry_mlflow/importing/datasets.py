"""The datasets of a run of MLflow, as inputs of a version."""

import json
from collections.abc import Iterable
from typing import Any, Final

from modelregistry.types import DatasetInput, DatasetRole

_CONTEXT: Final = "mlflow.data.context"
_ROLES: Final = {
    **dict.fromkeys(("validation", "valid", "val", "eval", "evaluation"), DatasetRole.VALIDATION),
    **dict.fromkeys(("test", "testing"), DatasetRole.TEST),
}
_PLACES: Final = ("uri", "url", "path", "table_name", "delta_table_name")
"""The fields of the sources of MLflow that are a location."""
_MOST: Final = 100


def inputs(datasets: Iterable[Any]) -> tuple[DatasetInput, ...]:
    """Return the inputs of a run as the registry records them, each once.

    A dataset that was made by code has no location: its URI is then `mlflow-dataset:NAME`.
    """
    found: dict[tuple[str, str, DatasetRole], DatasetInput] = {}
    for each in datasets:
        tags = {tag.key: tag.value for tag in each.tags}
        role = _ROLES.get(tags.get(_CONTEXT, "").lower(), DatasetRole.TRAINING)
        uri = _location(each.dataset.source) or f"mlflow-dataset:{each.dataset.name}"
        digest = f"mlflow:{each.dataset.digest}" if each.dataset.digest else ""
        found[uri, digest, role] = DatasetInput(uri=uri, digest=digest, role=role)
    return tuple(found.values())[:_MOST]


def _location(source: str) -> str:
    try:
        fields = json.loads(source)
    except ValueError:
        return ""
    if not isinstance(fields, dict):
        return ""
    places = (fields.get(place) for place in _PLACES)
    return next((place for place in places if isinstance(place, str) and place), "")
