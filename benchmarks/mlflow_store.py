"""Calls of MLflow's client over the registry: a model with 5,000 versions against one with 50.

Run it by hand in an environment with MLflow and the plugin, against an empty namespace that was
created with `--preset mlflow`: `python -m benchmarks.mlflow_store modelreg://localhost:50051/NAMESPACE`.
"""

import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

# Ours has no MLflow.
from mlflow import MlflowClient

from modelregistry import Client
from modelregistry_mlflow.uri import parse_registry

_SIZES = (50, 5_000)
_ROUNDS = 150


def main() -> None:
    """Register the versions, and print the median of each call and their ratio."""
    address = sys.argv[1]
    registry = parse_registry(address)
    with Client(registry.target, namespace=registry.namespace) as client:
        for size in _SIZES:
            fill(client, f"m{size}", size)
    client = MlflowClient("sqlite://", address)
    calls: dict[str, Callable[[str], object]] = {
        "get_model_version": lambda name: client.get_model_version(name, "25"),
        "get_model_version_by_alias": lambda name: client.get_model_version_by_alias(
            name, "champion"
        ),
        "get_latest_versions": client.get_latest_versions,
        "get_registered_model": lambda name: client.get_registered_model(name).tags,
        "search newest 10": lambda name: client.search_model_versions(f"name = '{name}'", 10),
        "search by tag": lambda name: client.search_model_versions(
            f"name = '{name}' AND tag.n = '7'"
        ),
    }
    for what, call in calls.items():
        times: dict[int, list[float]] = {size: [] for size in _SIZES}
        for _ in range(_ROUNDS):
            for size in _SIZES:
                began = time.perf_counter()
                call(f"m{size}")
                times[size].append(time.perf_counter() - began)
        small, large = (statistics.median(times[size]) * 1_000 for size in _SIZES)
        print(f"{what:<28}{small:8.2f} ms {large:8.2f} ms  {large / small:5.2f}")


def fill(client: Client, name: str, size: int) -> None:
    """Register versions by reference, and an alias in the middle."""
    client.create_model(name)

    def one(number: int) -> None:
        client.register_reference(
            name,
            f"s3://models/{name}/{number}",
            annotations={"n": str(number)},
            environment=None,
            source=None,
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(size)))
    client.set_alias(name, "champion", size // 2)


if __name__ == "__main__":
    main()
