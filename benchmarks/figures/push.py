"""A new file into the registry, against the same bytes streamed into a file."""

from pathlib import Path

from benchmarks import bare_client, content, registry_client
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import bare, registry
from benchmarks.stopwatch import timed
from modelregistry import Quiet


def _measure(run: Run) -> Measurement:
    size = run.pick(content.GIB, 16 * content.MIB)
    run.need_disk(2 * size)
    with run.folder("push/source") as folder:
        source = folder / "weights.bin"
        content.write_file(source, size)
        pairs = run.rounds(9, lambda: _ours(run, source), lambda: _reference(run, source))
    return Measurement(pairs, {"file_bytes": size})


# A server of its own per round: the bytes are new to it, and what it stored is gone afterwards.


def _ours(run: Run, source: Path) -> Sample:
    with (
        registry(run, "push/registry") as server,
        registry_client.fresh(server.target, server.client_dir) as client,
    ):
        content.warm_memory(server.data_dir, source.stat().st_size)
        with timed(server) as sample:
            client.push("weights", source, progress=Quiet())
        return sample


def _reference(run: Run, source: Path) -> Sample:
    with bare(run, "push/bare") as server:
        content.warm_memory(server.data_dir, source.stat().st_size)
        with timed(server) as sample:
            bare_client.push(server.target, source)
        return sample


FIGURE = Figure(
    name="push",
    title="push one new file",
    reference="a bare stream of the same bytes into a file, synced",
    quantities=(
        Quantity("wall_s", "wall time", "s", headline=True),
        Quantity("server_cpu_s", "server CPU", "s"),
        Quantity("client_cpu_s", "client CPU", "s"),
    ),
    measure=_measure,
)
