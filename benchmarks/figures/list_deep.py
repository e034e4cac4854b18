"""Whether a page deep in a list costs more than the first, on both databases."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks import calls
from benchmarks.calls import Ask
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.filling import DEEP, fill, large_size, large_sqlite, prepare_large
from benchmarks.postgres import postgres
from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ServerProcess, registry
from modelregistry.v1 import catalog_service_pb2 as pb

_NAMESPACE = "namespaces/default"
_DEEP_PAGE = 1_000
_Request: TypeAlias = pb.ListVersionsRequest | pb.ListModelsRequest
_Reply: TypeAlias = type[pb.ListVersionsResponse] | type[pb.ListModelsResponse]


@dataclass(frozen=True, slots=True)
class _List:
    """A list of one server, as requests for two of its pages."""

    key: str
    server: ServerProcess
    ask: Ask
    first: bytes
    deep: bytes


def _measure(run: Run) -> Measurement:
    size, page, times = large_size(run), run.pick(_DEEP_PAGE, 3), run.pick(20, 5)
    with postgres(run, "list_deep/postgres") as url, ExitStack() as stack:
        fill(run, url, size)
        lists: list[_List] = []
        for name, database in (("sqlite", large_sqlite(run)), ("postgresql", url)):
            server = registry(run, f"list_deep/{name}", "--database", database)
            lists += _lists(name, stack.enter_context(server), stack, page)
        pairs = run.rounds(
            20,
            lambda: _sample([(each, each.deep) for each in lists], times),
            lambda: _sample([(each, each.first) for each in lists], times),
        )
    sizes = {"page": page, "models": size.models, "versions": size.versions}
    return Measurement(pairs, {**sizes, "calls_a_round": times})


def _lists(name: str, server: ServerProcess, stack: ExitStack, page: int) -> Iterator[_List]:
    versions = pb.ListVersionsRequest(parent=f"{_NAMESPACE}/models/{DEEP}")
    kinds: Sequence[tuple[str, str, _Request, _Reply]] = (
        ("versions", "ListVersions", versions, pb.ListVersionsResponse),
        ("models", "ListModels", pb.ListModelsRequest(parent=_NAMESPACE), pb.ListModelsResponse),
    )
    for what, method, request, reply in kinds:
        path = f"/modelregistry.v1.CatalogService/{method}"
        ask = stack.enter_context(calls.asking(server, path))
        first = request.SerializeToString()
        _go_to(page, ask, request, reply)
        yield _List(f"{name}_{what}", server, ask, first, request.SerializeToString())


def _go_to(page: int, ask: Ask, request: _Request, reply: _Reply) -> None:
    """Make the request one for this page, found as anybody finds it: from page to page."""
    for _ in range(page - 1):
        request.page_token = reply.FromString(ask(request.SerializeToString())).next_page_token
        if not request.page_token:
            message = f"the list ends before page {page}"
            raise NotMeasurableError(message)


def _sample(pages: Sequence[tuple[_List, bytes]], times: int) -> Sample:
    sample: dict[str, float] = {}
    for each, request in pages:
        spent = calls.one_by_one(each.server, each.ask, [request] * times)
        sample[f"{each.key}_ms"] = spent["p50_ms"]
        sample[f"{each.key}_cpu_us"] = spent["cpu_us"]
    return sample


FIGURE = Figure(
    name="list_deep",
    title=f"list page {_DEEP_PAGE:,} of a large registry",
    reference="page 1 of the same list",
    quantities=(
        Quantity("sqlite_versions_ms", "versions, SQLite", "ms", headline=True),
        Quantity("sqlite_models_ms", "models, SQLite", "ms", headline=True),
        Quantity("postgresql_versions_ms", "versions, PostgreSQL", "ms", headline=True),
        Quantity("postgresql_models_ms", "models, PostgreSQL", "ms", headline=True),
        Quantity("sqlite_versions_cpu_us", "CPU, versions, SQLite", "µs"),
        Quantity("sqlite_models_cpu_us", "CPU, models, SQLite", "µs"),
        Quantity("postgresql_versions_cpu_us", "CPU, versions, PostgreSQL", "µs"),
        Quantity("postgresql_models_cpu_us", "CPU, models, PostgreSQL", "µs"),
    ),
    measure=_measure,
    short_name="page 1",
    prepare=prepare_large,
    budget_s=1_200.0,
    limit_s=3_600.0,
)
