"""The benefit of memory: a warm lookup against one that PostgreSQL has to answer."""

from collections.abc import Iterator

from benchmarks import calls
from benchmarks.figure import Figure, Measurement, Quantity
from benchmarks.filling import DEEP, Size, fill
from benchmarks.postgres import postgres
from benchmarks.run import Run
from benchmarks.servers import registry

_ROUNDS = 40


def _measure(run: Run) -> Measurement:
    block = run.pick(500, 50)
    # Each number is asked for once, but for those of the first block: they are the warm ones.
    size = Size(1, block * (run.pick(_ROUNDS, 2) + 1))
    with postgres(run, "lookup_cold/postgres") as url:
        fill(run, url, size)
        blocks = _blocks(size.versions, block)
        with (
            registry(run, "lookup_cold/registry", "--database", url) as server,
            calls.asking(server, calls.RESOLVE) as ask,
        ):
            warm = next(blocks)
            calls.warm_up(ask, warm)
            pairs = run.rounds(
                _ROUNDS,
                lambda: calls.one_by_one(server, ask, warm),
                lambda: calls.one_by_one(server, ask, next(blocks)),
            )
    return Measurement(pairs, {"calls_a_round": block, "versions": size.versions})


def _blocks(versions: int, block: int) -> Iterator[list[bytes]]:
    requests = [calls.lookup(f"{DEEP}/{number}") for number in range(1, versions + 1)]
    for start in range(0, versions, block):
        yield requests[start : start + block]


FIGURE = Figure(
    name="lookup_cold",
    title="resolve from memory, beside a first lookup (PostgreSQL)",
    reference="a lookup of a reference that no call asked for before",
    quantities=(
        Quantity("cpu_us", "server CPU per call", "µs", headline=True),
        Quantity("p50_ms", "latency p50", "ms"),
        Quantity("p99_ms", "latency p99", "ms"),
    ),
    measure=_measure,
    short_name="cold",
)
