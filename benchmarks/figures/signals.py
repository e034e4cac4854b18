"""How many signals a second are recorded and judged, in calls of 1,000, on both databases."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from benchmarks import calls, champion, registry_client
from benchmarks.calls import Ask
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.postgres import postgres
from benchmarks.run import Run
from benchmarks.servers import registry
from modelregistry import BreachCondition, Monitor, MonitorSeverity, SignalKind, SignalSelection
from modelregistry.v1 import catalog_service_pb2, signal_pb2
from modelregistry.v1 import monitoring_service_pb2 as pb
from registry_grpc.persistence.migrate import migrate

_RECORD = "/modelregistry.v1.MonitoringService/RecordSignals"
_SET_ALIAS = "/modelregistry.v1.CatalogService/SetAlias"
_AT_ONCE = 1_000
_HOUR_S = 3_600
_HOURS = count(1)


def _measure(run: Run) -> Measurement:
    repeats = run.pick(5, 2)
    with postgres(run, "signals/postgres") as url, ExitStack() as stack:
        migrate(url)
        servers = {
            "sqlite": stack.enter_context(_server(run, "sqlite", "")),
            "postgresql": stack.enter_context(_server(run, "postgresql", url)),
        }
        pairs = run.rounds(
            20,
            lambda: {
                f"{name}_per_s": _AT_ONCE * repeats / _seconds(record, _signals, repeats)
                for name, (record, _) in servers.items()
            },
            lambda: _moves(servers, repeats * 10),
        )
    return Measurement(pairs, {"signals_a_call": _AT_ONCE, "calls_a_round": repeats})


@contextmanager
def _server(run: Run, name: str, url: str) -> Iterator[tuple[Ask, Ask]]:
    """Run a registry with a version, a monitor, and the state of each of 1,000 features."""
    database = ("--database", url) if url else ()
    with registry(run, f"signals/{name}", *database) as server:
        for _ in range(2):
            champion.register(run, server)
        with registry_client.fresh(server.target, server.client_dir) as client:
            selection = SignalSelection(models="*", kind=SignalKind.DATA, method="psi")
            condition, bad = BreachCondition(threshold=0.2), MonitorSeverity.WARNING
            client.put_monitor(
                Monitor(name="drift", selection=selection, condition=condition, severity=bad)
            )
        with calls.asking(server, _RECORD) as record, calls.asking(server, _SET_ALIAS) as move:
            record(_signals(0))
            yield record, move


def _signals(_number: int) -> bytes:
    """Return a request with the next hour of 1,000 features, none of which drifts."""
    start = next(_HOURS) * _HOUR_S
    request = pb.RecordSignalsRequest()
    for feature in range(_AT_ONCE):
        signal = request.signals.add(
            version=f"{champion.NAME}/versions/1",
            kind=signal_pb2.SIGNAL_KIND_DATA,
            subject=f"feature-{feature}",
            method="psi",
            statistic=0.1,
            current_count=10_000,
        )
        signal.window_start.seconds = start
        signal.window_end.seconds = start + _HOUR_S
    return request.SerializeToString()


def _moves(servers: dict[str, tuple[Ask, Ask]], repeats: int) -> Sample:
    return {
        f"{name}_per_s": repeats / _seconds(move, _move, repeats)
        for name, (_, move) in servers.items()
    }


def _move(number: int) -> bytes:
    return catalog_service_pb2.SetAliasRequest(
        name=f"{champion.NAME}/aliases/moving",
        version=f"{champion.NAME}/versions/{1 + number % 2}",
    ).SerializeToString()


def _seconds(ask: Ask, request: Callable[[int], bytes], repeats: int) -> float:
    """Return the time of the calls, without that of making their requests."""
    made = [request(number) for number in range(repeats)]
    started = time.perf_counter()
    for one in made:
        ask(one)
    return time.perf_counter() - started


FIGURE = Figure(
    name="signals",
    title="record signals in calls of 1,000, judged by one monitor",
    reference="SetAlias of the same server",
    quantities=(
        Quantity("sqlite_per_s", "SQLite", "a second", headline=True),
        Quantity("postgresql_per_s", "PostgreSQL", "a second", headline=True),
    ),
    measure=_measure,
    short_name="SetAlias",
)
