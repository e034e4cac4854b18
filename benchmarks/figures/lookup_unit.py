"""The server cost of a warm lookup of a route for a unit, against one of an alias."""

from benchmarks import calls, champion, registry_client, routing
from benchmarks.figure import Figure, Measurement, Quantity
from benchmarks.run import Run
from benchmarks.servers import registry, token

_ARMS = 10


def _measure(run: Run) -> Measurement:
    count = run.pick(500, 100)
    units, alias = routing.lookups(count), [calls.lookup(champion.REF)] * count
    with registry(run, "lookup_unit/registry") as server:
        writer = token(server, "writer")
        champion.register(run, server, writer)
        with registry_client.fresh(server.target, server.client_dir, writer) as client:
            routing.divide(client, _ARMS)
        with calls.asking(server, calls.RESOLVE, token(server, "reader")) as resolve:
            calls.warm_up(resolve, [*units, *alias])
            pairs = run.rounds(
                60,
                lambda: calls.one_by_one(server, resolve, units),
                lambda: calls.one_by_one(server, resolve, alias),
            )
    return Measurement(pairs, {"arms": _ARMS, "calls_a_round": count})


FIGURE = Figure(
    name="lookup_unit",
    title="resolve a route for a unit from memory, at most 1.25 times an alias",
    reference="the same call for an alias of the version",
    quantities=(
        Quantity("cpu_us", "server CPU per call", "µs", headline=True),
        Quantity("p50_ms", "latency p50", "ms"),
        Quantity("p99_ms", "latency p99", "ms"),
    ),
    measure=_measure,
    short_name="alias",
)
