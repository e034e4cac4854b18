"""The cost of a walk of depth ten through a large lineage, on both databases."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import calls
from benchmarks.calls import Ask
from benchmarks.copies import model_id
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.filling import Size
from benchmarks.lineage_filling import Graph, data_set, fill_lineage
from benchmarks.postgres import postgres
from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ServerProcess, registry
from modelregistry.v1 import lineage_service_pb2 as pb

_TRAVERSE = "/modelregistry.v1.LineageService/TraverseLineage"
_DEPTH = 10
_PAGE = 5_000
_SMALL = Graph(15_000, Size(10, 1_000))
_STARTS = 10
_MODELS = 10


@dataclass(frozen=True, slots=True)
class _Side:
    """One graph in one database: the server, and the requests for its walks up and down."""

    database: str
    server: ServerProcess
    ask: Ask
    walks: dict[str, Sequence[bytes]]


def _measure(run: Run) -> Measurement:
    large = run.pick(Graph(1_000_000, Size(_MODELS, 20_000)), Graph(30_000, Size(_MODELS, 2_000)))
    with ExitStack() as stack:
        sides = [
            [side for kind in ("sqlite", "postgresql") for side in _sides(run, stack, kind, graph)]
            for graph in (large, _SMALL)
        ]
        edges = _count_edges(sides[0])
        for side in (*sides[0], *sides[1]):
            for requests in side.walks.values():
                calls.warm_up(side.ask, requests)
        pairs = run.rounds(20, lambda: _sample(sides[0]), lambda: _sample(sides[1]))
    return Measurement(pairs, {"edges": large.edges, "calls_a_round": _STARTS, **edges})


def _sides(run: Run, stack: ExitStack, kind: str, graph: Graph) -> Iterator[_Side]:
    name = f"lineage_walk/{kind}-{graph.edges}"
    if kind == "sqlite":
        url = f"sqlite:///{run.directory / 'lineage_walk' / f'{graph.edges}.db'}"
    else:
        url = stack.enter_context(postgres(run, f"{name}/postgres"))
    fill_lineage(run, url, graph)
    server = stack.enter_context(registry(run, f"{name}/registry", "--database", url))
    ask = stack.enter_context(calls.asking(server, _TRAVERSE))
    yield _Side(kind, server, ask, {"up": _up(graph), "down": _down(graph)})


def _up(graph: Graph) -> Sequence[bytes]:
    # The last versions of models: what was made latest.
    newest = graph.registry.versions // graph.registry.models // 2
    return [_request(f"{model_id(index % _MODELS)}/{newest}") for index in range(_STARTS)]


def _down(graph: Graph) -> Sequence[bytes]:
    step = graph.data_sets // (_STARTS + 1) or 1
    return [
        _request(str(data_set(index * step).name), pb.LINEAGE_DIRECTION_DOWN)
        for index in range(_STARTS)
    ]


def _request(
    node: str, direction: pb.LineageDirection.ValueType = pb.LINEAGE_DIRECTION_UP
) -> bytes:
    request = pb.TraverseLineageRequest(
        node=node, direction=direction, depth=_DEPTH, page_size=_PAGE
    )
    return request.SerializeToString()


def _count_edges(sides: Sequence[_Side]) -> dict[str, float]:
    """Return how many edges a walk has on average; each must be whole in one reply."""
    found: dict[str, float] = {}
    for way in ("up", "down"):
        replies = [
            pb.TraverseLineageResponse.FromString(side.ask(request))
            for side in sides
            for request in side.walks[way]
        ]
        if any(reply.next_page_token or reply.truncated for reply in replies):
            message = "a walk is longer than a reply"
            raise NotMeasurableError(message)
        found[f"edges_{way}"] = sum(len(reply.steps) for reply in replies) / len(replies)
    return found


def _sample(sides: Sequence[_Side]) -> Sample:
    sample: dict[str, float] = {}
    for side in sides:
        for way, requests in side.walks.items():
            spent = calls.one_by_one(side.server, side.ask, requests)
            sample[f"{side.database}_{way}_ms"] = spent["p50_ms"]
            sample[f"{side.database}_{way}_cpu_ms"] = spent["cpu_us"] / 1e3
    return sample


FIGURE = Figure(
    name="lineage_walk",
    title=f"walk of depth {_DEPTH} through a lineage of 1,000,000 edges",
    reference=f"the same walk through {_SMALL.edges:,} edges",
    quantities=(
        Quantity("sqlite_up_ms", "up, SQLite", "ms", headline=True),
        Quantity("sqlite_down_ms", "down, SQLite", "ms", headline=True),
        Quantity("postgresql_up_ms", "up, PostgreSQL", "ms", headline=True),
        Quantity("postgresql_down_ms", "down, PostgreSQL", "ms", headline=True),
        Quantity("sqlite_up_cpu_ms", "CPU, up, SQLite", "ms"),
        Quantity("sqlite_down_cpu_ms", "CPU, down, SQLite", "ms"),
        Quantity("postgresql_up_cpu_ms", "CPU, up, PostgreSQL", "ms"),
        Quantity("postgresql_down_cpu_ms", "CPU, down, PostgreSQL", "ms"),
    ),
    measure=_measure,
    short_name="small",
    budget_s=900.0,
    limit_s=3_600.0,
)
