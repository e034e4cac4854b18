"""The cost of a decision of a router, against a choice by the hash of Python's texts."""

import time
from collections.abc import Callable, Sequence

from benchmarks import champion, registry_client, routing
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import registry

_ARMS = 10
_UNITS = 1_000
_UUIDS = "uuid_us"


def _measure(run: Run) -> Measurement:
    repeats = run.pick(200, 5)
    with registry(run, "router/registry") as server:
        champion.register(run, server)
        with registry_client.fresh(server.target, server.client_dir) as client:
            routing.divide(client, _ARMS)
            with client.router(routing.REF) as router:
                versions = [arm.version for arm in router.current.arms]

                def choose(unit: str) -> str:
                    return versions[hash(unit) % _ARMS]

                pairs = run.rounds(
                    20, lambda: _sample(router.route, repeats), lambda: _sample(choose, repeats)
                )
    return Measurement(pairs, {"arms": _ARMS, "decisions": repeats * _UNITS})


def _sample(choose: Callable[[str], object], repeats: int) -> Sample:
    short = routing.units(_UNITS)
    uuids = [f"{number * 7_919:08x}-0c1d-4b2f-8a3e-{number:012x}" for number in range(_UNITS)]
    return {
        "us": _microseconds(choose, short, repeats),
        _UUIDS: _microseconds(choose, uuids, repeats),
    }


def _microseconds(choose: Callable[[str], object], units: Sequence[str], repeats: int) -> float:
    """Return the time of a call: that of the fastest pass over the units."""
    passes = []
    for _ in range(repeats):
        started = time.perf_counter()
        for unit in units:
            choose(unit)
        passes.append(time.perf_counter() - started)
    return min(passes) / len(units) * 1e6


FIGURE = Figure(
    name="router",
    title="choose the arm of a unit by a router of the SDK, at most 3 µs",
    reference="an arm by the hash of Python's texts",
    quantities=(
        Quantity("us", "time per unit such as user-104729", "µs", headline=True),
        Quantity(_UUIDS, "time per unit that is a UUID", "µs"),
    ),
    measure=_measure,
    short_name="hash",
)
