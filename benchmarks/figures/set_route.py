"""The time of a change of weights, against a move of an alias."""

import statistics
import time
from collections.abc import Callable
from uuid import uuid4

from benchmarks import calls, champion, registry_client, routing
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import registry
from modelregistry.v1 import catalog_service_pb2

_ARMS = 100
_SET_ALIAS = "/modelregistry.v1.CatalogService/SetAlias"


def _measure(run: Run) -> Measurement:
    count = run.pick(30, 4)
    with registry(run, "set_route/registry") as server:
        for _ in range(2):
            champion.register(run, server)
        with registry_client.fresh(server.target, server.client_dir) as client:
            routing.divide(client, _ARMS)
        with (
            calls.asking(server, routing.SET_ROUTE) as set_route,
            calls.asking(server, _SET_ALIAS) as set_alias,
        ):
            pairs = run.rounds(
                20,
                lambda: _sample(lambda number: set_route(_weights(number)), count),
                lambda: _sample(lambda number: set_alias(_move(number)), count),
            )
    return Measurement(pairs, {"arms": _ARMS, "changes_a_round": count})


def _weights(number: int) -> bytes:
    return routing.change(_ARMS, 1 + number % 50)


def _move(number: int) -> bytes:
    return catalog_service_pb2.SetAliasRequest(
        name=f"{champion.NAME}/aliases/moving",
        version=f"{champion.NAME}/versions/{1 + number % 2}",
        request_id=str(uuid4()),
    ).SerializeToString()


def _sample(change: Callable[[int], object], count: int) -> Sample:
    taken = []
    for number in range(count):
        started = time.perf_counter()
        change(number)
        taken.append(time.perf_counter() - started)
    return {"p50_ms": statistics.median(taken) * 1e3, "best_ms": min(taken) * 1e3}


FIGURE = Figure(
    name="set_route",
    title="change the weights of a route of 100 arms, at most 20 ms (SQLite)",
    reference="SetAlias of the same server",
    quantities=(
        Quantity("p50_ms", "time per change, p50", "ms", headline=True),
        Quantity("best_ms", "time of the fastest", "ms"),
    ),
    measure=_measure,
    short_name="SetAlias",
)
