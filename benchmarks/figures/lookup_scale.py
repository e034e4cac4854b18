"""Lookups in a large registry: a million versions against a thousand."""

from collections.abc import Iterator, Sequence

from benchmarks import calls
from benchmarks.calls import Ask
from benchmarks.copies import model_id
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.filling import ALIAS, Size, fill, large_size, large_sqlite, prepare_large
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, registry

_SMALL = Size(100, 1_000)
_MODELS = 90
"""How many models are asked for: spread over all there are, without the deep one."""
_COLD = 15
"""So many lookups of each round are first ones; a small registry has 810 to give."""


def _measure(run: Run) -> Measurement:
    size, repeats = large_size(run), run.pick(6, 1)
    small = f"sqlite:///{run.directory / 'lookup_scale' / 'small.db'}"
    fill(run, small, _SMALL)
    with (
        registry(run, "lookup_scale/large", "--database", large_sqlite(run)) as ours,
        registry(run, "lookup_scale/small", "--database", small) as reference,
        calls.asking(ours, calls.RESOLVE) as ask_large,
        calls.asking(reference, calls.RESOLVE) as ask_small,
    ):
        champions = [
            [calls.lookup(f"{model}@{ALIAS}") for model in _models(each)] * repeats
            for each in (size, _SMALL)
        ]
        firsts = [_never_asked(each) for each in (size, _SMALL)]
        for ask, warm in zip((ask_large, ask_small), champions, strict=True):
            calls.warm_up(ask, warm)
        pairs = run.rounds(
            40,
            lambda: _sample(ours, ask_large, champions[0], firsts[0]),
            lambda: _sample(reference, ask_small, champions[1], firsts[1]),
        )
    sizes = {"models": size.models, "versions": size.versions}
    return Measurement(pairs, {**sizes, "calls_a_round": len(champions[0])})


def _models(size: Size) -> Sequence[str]:
    step = (size.models - 1) // _MODELS
    return [model_id(1 + index * step) for index in range(_MODELS)]


def _never_asked(size: Size) -> Iterator[bytes]:
    for number in range(1, 10):
        yield from (calls.lookup(f"{model}/{number}") for model in _models(size))


def _sample(
    server: ServerProcess, ask: Ask, warm: Sequence[bytes], first: Iterator[bytes]
) -> Sample:
    cold = calls.one_by_one(server, ask, [next(first) for _ in range(_COLD)])
    return {
        **calls.one_by_one(server, ask, warm),
        "cold_cpu_us": cold["cpu_us"],
        "cold_p50_ms": cold["p50_ms"],
    }


FIGURE = Figure(
    name="lookup_scale",
    title="resolve in a large registry (SQLite)",
    reference="a registry of 100 models and 1,000 versions",
    quantities=(
        Quantity("cpu_us", "server CPU per warm call", "µs", headline=True),
        Quantity("p50_ms", "latency p50, warm", "ms"),
        Quantity("cold_cpu_us", "server CPU per first call", "µs"),
        Quantity("cold_p50_ms", "latency p50, first call", "ms"),
    ),
    measure=_measure,
    short_name="small",
    prepare=prepare_large,
)
