"""How the server's memory grows while many clients push at once."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import content
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ROOT, ServerProcess, bare, clean_environ, registry

_CLIENTS = 16
_PUSHES_S = 900.0


def _measure(run: Run) -> Measurement:
    size = run.pick(content.GIB, 16 * content.MIB)
    run.need_disk(2 * _CLIENTS * size)  # the sources, and what one server stores of them
    with run.folder("memory/sources") as folder:
        sources = [folder / f"weights-{index}.bin" for index in range(_CLIENTS)]
        for source in sources:
            content.write_file(source, size)
        pairs = run.rounds(3, lambda: _ours(run, sources), lambda: _reference(run, sources))
    return Measurement(pairs, {"file_bytes": size, "clients": _CLIENTS})


def _ours(run: Run, sources: Sequence[Path]) -> Sample:
    with registry(run, "memory/registry") as server:
        return _sample(server, "registry", sources)


def _reference(run: Run, sources: Sequence[Path]) -> Sample:
    with bare(run, "memory/bare") as server:
        return _sample(server, "bare", sources)


def _sample(server: ServerProcess, kind: str, sources: Sequence[Path]) -> Sample:
    started = time.perf_counter()
    with server.watching_memory() as memory:
        _push_all(kind, server, sources)
    return {
        "growth_mib": (memory.peak - memory.before) / content.MIB,
        "before_mib": memory.before / content.MIB,
        "peak_mib": memory.peak / content.MIB,
        "wall_s": time.perf_counter() - started,
    }


def _push_all(kind: str, server: ServerProcess, sources: Sequence[Path]) -> None:
    """Push every file from a process of its own, so that each has its own connection."""
    deadline = time.monotonic() + _PUSHES_S
    processes = [_pusher(kind, server, source) for source in sources]
    try:
        codes = [process.wait(max(deadline - time.monotonic(), 0.1)) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for code, source in zip(codes, sources, strict=True):
        if code:
            why = _log(source).read_text(errors="replace").strip()[-500:]
            message = f"a client ended with exit code {code}: {why}"
            raise NotMeasurableError(message)


def _pusher(kind: str, server: ServerProcess, source: Path) -> "subprocess.Popen[bytes]":
    given = (kind, server.target, source.stem, str(source), str(server.client_dir / source.stem))
    program = (sys.executable, "-m", "benchmarks.pusher", *given)
    with _log(source).open("wb") as log:
        return subprocess.Popen(program, cwd=ROOT, env=clean_environ(), stderr=log)


def _log(source: Path) -> Path:
    return source.with_suffix(".log")


FIGURE = Figure(
    name="memory",
    title="many clients push a new file each at once",
    reference="the same bytes as bare streams into files, synced",
    quantities=(
        Quantity("growth_mib", "resident memory grows by", "MiB", headline=True),
        Quantity("before_mib", "resident before", "MiB"),
        Quantity("peak_mib", "resident at the peak", "MiB"),
        Quantity("wall_s", "wall time", "s"),
    ),
    measure=_measure,
    budget_s=420.0,
    limit_s=2_400.0,
)
