"""The metrics and parameters of the run that made a version."""

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from mlflow import MlflowClient

Value = TypeVar("Value", str, float)

_LOG: Final = logging.getLogger(__name__)
_MOST: Final = 1_000
_KEY_BYTES: Final = 128
_VALUE_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Metrics and parameters that the registry accepts; the others are left out."""

    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


def read(run_id: str, model_id: str, tracking_uri: str | None) -> RunFacts:
    """Return what the model, and before it the run, have recorded; nothing for unknown ones."""
    client = MlflowClient(tracking_uri)
    metrics: dict[str, float] = {}
    params: dict[str, str] = {}
    if run_id:
        try:
            data = client.get_run(run_id).data
        except Exception as error:  # noqa: BLE001 - of any tracking store
            _LOG.debug("The run %s cannot be read: %s", run_id, error)
        else:
            metrics |= data.metrics
            params |= data.params
    if model_id:
        try:
            model = client.get_logged_model(model_id)
        except Exception as error:  # noqa: BLE001 - of any tracking store
            _LOG.debug("The model %s cannot be read: %s", model_id, error)
        else:
            metrics |= _newest(model.metrics or ())
            params |= model.params or {}
    return RunFacts(
        metrics=_first({k: v for k, v in metrics.items() if math.isfinite(v)}),
        params=_first({k: v for k, v in params.items() if len(v.encode()) <= _VALUE_BYTES}),
    )


def _newest(metrics: Iterable[Any]) -> dict[str, float]:
    ordered = sorted(metrics, key=lambda metric: (metric.step or 0, metric.timestamp or 0))
    return {metric.key: metric.value for metric in ordered}


def _first(facts: Mapping[str, Value]) -> dict[str, Value]:
    """Return the facts with keys that the registry accepts, as many as it accepts."""
    fit = [key for key in sorted(facts) if key.isprintable() and len(key.encode()) <= _KEY_BYTES]
    return {key: facts[key] for key in fit[:_MOST]}
