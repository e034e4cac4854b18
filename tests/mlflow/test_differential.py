"""MLflow's own SQL store and the registry: the same calls have the same outcomes."""

import itertools
import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from mlflow import MlflowClient
from mlflow.store.model_registry import sqlalchemy_store
from typing_extensions import override

from tests.support.mlflow.machine import SameCalls
from tests.support.mlflow.registry import Registry

LONG: Final = os.environ.get("REGISTRY_TEST_MLFLOW") == "long"
SETTINGS: Final = settings(
    max_examples=300 if LONG else 6,
    stateful_step_count=60 if LONG else 40,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    # A failure lists its calls; to find fewer of them takes minutes.
    phases=[Phase.generate],
)
_numbers: Final = itertools.count(1)


@pytest.fixture
def pairs(
    registry: Registry,
    tracking_uri: str,
    empty_tracking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> type[SameCalls]:
    # Two changes within a millisecond have no order there; the registry's have one.
    moments = itertools.count(1_800_000_000_000)
    monkeypatch.setattr(sqlalchemy_store, "get_current_time_millis", lambda: next(moments))
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"weights")

    class Machine(SameCalls):
        source = model.as_uri()

        @staticmethod
        @override
        def pair() -> tuple[MlflowClient, MlflowClient]:
            number = next(_numbers)
            file = tmp_path / f"{number}.db"
            file.write_bytes(empty_tracking.read_bytes())
            ours = registry.uri(registry.namespace(f"pair-{number}"))
            theirs = f"sqlite:///{file}"
            return MlflowClient(tracking_uri, theirs), MlflowClient(tracking_uri, ours)

    return Machine


def test_random_calls_have_the_same_outcomes(pairs: type[SameCalls]) -> None:
    run_state_machine_as_test(pairs, settings=SETTINGS)
