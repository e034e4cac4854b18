"""The version that figures look up: with everything that a push records, and an alias on it."""

from benchmarks import content, registry_client
from benchmarks.run import Run
from benchmarks.servers import ServerProcess
from modelregistry import Quiet, SliceMetric

MODEL, ALIAS = "fraud", "champion"
REF = f"{MODEL}@{ALIAS}"
NAME = f"namespaces/default/models/{MODEL}"


def register(run: Run, server: ServerProcess, token: str | None = None) -> None:
    """Push it, as the next version of its model."""
    with (
        run.folder("champion") as folder,
        registry_client.fresh(server.target, server.client_dir, token) as client,
    ):
        for index in range(4):
            content.write_file(folder / f"part-{index}.bin", 4_096)
        client.push(
            MODEL,
            folder,
            alias=ALIAS,
            metrics={"auc": 0.97, "recall": 0.81, "brier": 0.07},
            slices=[_slice(index) for index in range(8)],
            tags={"team": "risk", "ticket": "RISK-7"},
            params={"depth": "6", "rate": "0.1"},
            progress=Quiet(),
        )


def _slice(index: int) -> SliceMetric:
    return SliceMetric(dimension="region", value=str(index), metric="auc", result=0.9, count=100)
