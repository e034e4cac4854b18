"""The cost of repetition: a push of stored bytes, a pull of cached ones."""

import os
import shutil
from pathlib import Path

from benchmarks import content
from benchmarks.counting_proxy import counting
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ServerProcess, registry
from benchmarks.stopwatch import spent
from modelregistry import Client, Quiet

_FILES = 64
_FILE = "weights.bin"


def _measure(run: Run) -> Measurement:
    each = run.pick(4 * content.MIB, 256 * 1024)
    size = run.pick(content.GIB, 16 * content.MIB)
    run.need_disk(2 * _FILES * each + 4 * size)
    with registry(run, "again/registry") as server, run.folder("again/files") as files:
        folder, weights = files / "folder", files / _FILE
        folder.mkdir()
        for index in range(_FILES):
            content.write_file(folder / f"part-{index}.bin", each)
        content.write_file(weights, size)
        first = _push_folder(server, folder)
        with _client(server.target, server) as client:
            client.push("weights", weights, progress=Quiet())
            client.pull("weights/1", files / "first", progress=Quiet())
        shutil.rmtree(files / "first")
        pairs = run.rounds(5, lambda: _ours(server, files), lambda: _reference(files))
    sizes = {"folder_bytes": _FILES * each, "folder_files": _FILES, "file_bytes": size}
    return Measurement(pairs, {**sizes, "first_push_bytes": first})


def _client(target: str, server: ServerProcess) -> Client:
    """Return a client with a filled cache, which it uses for every target."""
    return Client(target, cache=server.client_dir)


def _push_folder(server: ServerProcess, folder: Path) -> int:
    """Return how many bytes went over the connection."""
    with counting(server.target) as proxy, _client(proxy.target, server) as client:
        client.push("folder", folder, progress=Quiet())
    return proxy.sent


def _ours(server: ServerProcess, files: Path) -> Sample:
    sent = _push_folder(server, files / "folder")
    place = files / "registry"
    with _client(server.target, server) as client, spent() as sample:
        client.pull("weights/1", place, progress=Quiet())
    _check(place / _FILE, files / _FILE)
    shutil.rmtree(place)
    return {"sent_mib": sent / content.MIB, **sample}


def _reference(files: Path) -> Sample:
    place = files / "copy.bin"
    with spent() as sample:
        shutil.copyfile(files / _FILE, place)
        with place.open("rb") as file:
            os.fsync(file.fileno())
    _check(place, files / _FILE)
    place.unlink()
    whole = sum(path.stat().st_size for path in (files / "folder").iterdir())
    return {"sent_mib": whole / content.MIB, **sample}


def _check(came: Path, source: Path) -> None:
    if came.stat().st_size != source.stat().st_size:
        message = f"{came.name} has another size than its source"
        raise NotMeasurableError(message)


FIGURE = Figure(
    name="again",
    title="push what is there already, pull what is in the cache",
    reference="the folder's size; the file copied with shutil.copyfile, synced",
    quantities=(
        Quantity("sent_mib", "bytes sent by the second push", "MiB", headline=True),
        Quantity("wall_s", "wall time of the second pull", "s", headline=True),
        Quantity("client_cpu_s", "client CPU of the second pull", "s"),
    ),
    measure=_measure,
    short_name="whole",
)
