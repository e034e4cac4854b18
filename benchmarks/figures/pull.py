"""A file out of the registry, against the same bytes streamed out of a file."""

import shutil
from pathlib import Path

from benchmarks import bare_client, content, registry_client
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, bare, registry
from benchmarks.stopwatch import timed
from modelregistry import Quiet

_FILE = "weights.bin"


def _measure(run: Run) -> Measurement:
    size = run.pick(content.GIB, 16 * content.MIB)
    run.need_disk(3 * size)
    with (
        registry(run, "pull/registry") as ours,
        bare(run, "pull/bare") as reference,
        run.folder("pull/target") as target,
    ):
        content.write_file(reference.data_dir / _FILE, size)
        with registry_client.fresh(ours.target, ours.client_dir) as client:
            client.push("weights", reference.data_dir / _FILE, progress=Quiet())
        pairs = run.rounds(
            9,
            lambda: _ours(ours, target, size),
            lambda: _reference(reference, target, size),
        )
    return Measurement(pairs, {"file_bytes": size})


def _ours(server: ServerProcess, target: Path, size: int) -> Sample:
    place = target / "registry"
    with registry_client.fresh(server.target, server.client_dir) as client:
        content.warm_memory(target, size)
        with timed(server) as sample:
            client.pull("weights/1", place, progress=Quiet())
    shutil.rmtree(place)
    return sample


def _reference(server: ServerProcess, target: Path, size: int) -> Sample:
    place = target / "bare"
    content.warm_memory(target, size)
    with timed(server) as sample:
        bare_client.pull(server.target, _FILE, place)
    place.unlink()
    return sample


FIGURE = Figure(
    name="pull",
    title="pull one file",
    reference="a bare stream of the same bytes into a file, synced",
    quantities=(
        Quantity("wall_s", "wall time", "s", headline=True),
        Quantity("server_cpu_s", "server CPU", "s"),
        Quantity("client_cpu_s", "client CPU", "s"),
    ),
    measure=_measure,
)
