"""A file out of the registry, against the same file out of MLflow's artifact proxy."""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks import content, mlflow_server
from benchmarks.client_process import Action, mlflow_client, registry_client
from benchmarks.figure import Figure, Measurement, Sample
from benchmarks.figures.push_mlflow import QUANTITIES, with_speed
from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ServerProcess, registry

_FILE = "weights.bin"
_Transfer = Callable[[Action, ServerProcess, Path, int], Sample]


def _measure(run: Run) -> Measurement:
    size = run.pick(content.GIB, 16 * content.MIB)
    run.need_disk(3 * size)
    with (
        registry(run, "pull_mlflow/registry") as ours,
        mlflow_server.mlflow(run, "pull_mlflow/mlflow") as reference,
        run.folder("pull_mlflow/files") as folder,
    ):
        content.write_file(folder / _FILE, size)
        registry_client("push", ours, folder / _FILE, size)
        mlflow_client("push", reference, folder / _FILE, size)
        (folder / _FILE).unlink()
        pairs = run.rounds(
            5,
            lambda: _sample(registry_client, ours, folder / "target", size),
            lambda: _sample(mlflow_client, reference, folder / "target", size),
        )
    return Measurement(pairs, {"file_bytes": size}, {"mlflow": mlflow_server.version()})


def _sample(transfer: _Transfer, server: ServerProcess, place: Path, size: int) -> Sample:
    sample = transfer("pull", server, place, size)
    came = (place / _FILE).stat().st_size
    if came != size:
        message = f"{came} bytes came of {size}"
        raise NotMeasurableError(message)
    shutil.rmtree(place)
    return with_speed(sample, size)


FIGURE = Figure(
    name="pull_mlflow",
    title="pull one file, beside MLflow",
    reference="mlflow.artifacts.download_artifacts from mlflow server, one worker",
    quantities=QUANTITIES,
    measure=_measure,
    short_name="MLflow",
    prepare=mlflow_server.install,
)
