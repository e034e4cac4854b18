"""A new file into the registry, against the same file into MLflow's artifact proxy."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks import content, mlflow_server
from benchmarks.client_process import mlflow_client, registry_client
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, registry


def _measure(run: Run) -> Measurement:
    size = run.pick(content.GIB, 16 * content.MIB)
    run.need_disk(2 * size)
    with (
        mlflow_server.mlflow(run, "push_mlflow/mlflow") as reference,
        run.folder("push_mlflow/source") as folder,
    ):
        source = folder / "weights.bin"
        content.write_file(source, size)
        pairs = run.rounds(5, lambda: _ours(run, source), lambda: _reference(reference, source))
    return Measurement(pairs, {"file_bytes": size}, {"mlflow": mlflow_server.version()})


def _ours(run: Run, source: Path) -> Sample:
    # A server of its own per round: the bytes are new to it.
    with registry(run, "push_mlflow/registry") as server:
        size = source.stat().st_size
        return with_speed(registry_client("push", server, source, size), size)


def _reference(server: ServerProcess, source: Path) -> Sample:
    # One server for all rounds: it starts slowly, and bytes are always new to it.
    size = source.stat().st_size
    sample = mlflow_client("push", server, source, size)
    mlflow_server.empty(server)
    return with_speed(sample, size)


def with_speed(sample: Sample, size: int) -> Mapping[str, float]:
    """Add what a transfer of so many bytes makes per second."""
    return {"mib_per_s": size / content.MIB / sample["wall_s"], **sample}


QUANTITIES = (
    Quantity("mib_per_s", "speed (ratio: times as fast)", "MiB/s", headline=True),
    Quantity("wall_s", "wall time", "s"),
    Quantity("client_cpu_s", "client CPU", "s"),
)
FIGURE = Figure(
    name="push_mlflow",
    title="push one new file, beside MLflow",
    reference="MlflowClient.log_artifact through mlflow server, one worker, SQLite",
    quantities=QUANTITIES,
    measure=_measure,
    short_name="MLflow",
    prepare=mlflow_server.install,
)
