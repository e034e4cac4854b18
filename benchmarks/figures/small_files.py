"""Many small files into the registry as one version, against a bare stream for each."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import bare_client, content, registry_client
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import bare, registry
from benchmarks.stopwatch import timed
from modelregistry import Quiet

_FILE_BYTES = 4 * 1024


def _measure(run: Run) -> Measurement:
    count = run.pick(10_000, 200)
    with run.folder("small_files/source") as folder:
        sources = [folder / f"{index:05}.bin" for index in range(count)]
        for source in sources:
            content.write_file(source, _FILE_BYTES)
        pairs = run.rounds(5, lambda: _ours(run, sources), lambda: _reference(run, sources))
    return Measurement(pairs, {"files": count, "bytes_each": _FILE_BYTES})


# A server of its own per round, as with `push`.


def _ours(run: Run, sources: Sequence[Path]) -> Sample:
    with (
        registry(run, "small_files/registry") as server,
        registry_client.fresh(server.target, server.client_dir) as client,
    ):
        with timed(server) as sample:
            client.push("shards", sources[0].parent, progress=Quiet())
        return {"files_per_s": len(sources) / sample["wall_s"], **sample}


def _reference(run: Run, sources: Sequence[Path]) -> Sample:
    with bare(run, "small_files/bare") as server:
        with timed(server) as sample:
            bare_client.push_each(server.target, sources)
        return {"files_per_s": len(sources) / sample["wall_s"], **sample}


FIGURE = Figure(
    name="small_files",
    title="push a folder of small new files",
    reference="a bare stream for each, one after the other, into a file, synced",
    quantities=(
        Quantity("files_per_s", "files (ratio: times as many)", "/s", headline=True),
        Quantity("wall_s", "wall time", "s"),
        Quantity("server_cpu_s", "server CPU", "s"),
        Quantity("client_cpu_s", "client CPU", "s"),
    ),
    measure=_measure,
)
