"""Lists of versions in random orders, page by page, on both databases against sorting in Python."""

from collections.abc import Iterator, Sequence
from functools import cmp_to_key
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.facts import Source, VersionDetail
from registry_grpc.domain.filter import parse_filter
from registry_grpc.domain.filter_fields import ALL_VERSIONS_FILTER
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.list_order import ALL_VERSIONS_ORDER, OrderTerm, parse_order
from registry_grpc.domain.manifest import root_digest
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.version_listing import WantedVersions, versions_page
from tests.contract.database_examples import (
    VersionFields,
    a_model,
    a_namespace,
    add_version,
    at,
    some_files,
)
from tests.support.faults.amount import examples
from tests.support.naive_filter import chosen

_names = count(1)
doubles = st.sampled_from((0.0, -0.0, 0.1, 0.1 + 0.2, 1e300, -5e-324)) | st.floats(
    allow_nan=False, allow_infinity=False
)
LONG = "é" * 70
"""Longer than what an index has of it."""
maps = st.dictionaries(st.sampled_from(("k", 'a "b"')), st.sampled_from(("", "x", "7")), max_size=2)
versions = st.builds(
    VersionFields,
    files=st.integers(1, 3).map(lambda number: some_files(*"abc"[:number])),
    create_time=st.integers(0, 2).map(at),
    metrics=st.dictionaries(st.sampled_from(("auc", 'a, "b"')), doubles, max_size=2),
    stage=st.sampled_from(("none", "staging")),
    labels=maps,
    tags=maps,
    annotations=maps | st.just({"k": LONG}) | st.just({"k": f"{LONG}!"}),
    detail=st.builds(
        VersionDetail, source=st.none() | st.builds(Source, run_id=st.sampled_from(("", "r", "s")))
    ),
)
fields = st.sampled_from(
    (
        "number",
        "size_bytes",
        "file_count",
        "create_time",
        "update_time",
        "metrics.auc",
        r'metrics."a, \"b\""',
    )
)
orders = st.dictionaries(fields, st.sampled_from(("", " asc", " desc")), max_size=3).map(
    lambda ways: ", ".join(field + way for field, way in ways.items())
)
across_fields = fields | st.just("model")
indexed = st.sampled_from(
    (
        *("metrics.auc > 0", "metrics.auc = 0.1", 'metrics["a, \\"b\\""] <= 0'),
        *('labels.k = "x"', 'labels["a \\"b\\""] = ""', 'tags.k = "7"', "tags.k = 7"),
        *('annotations.k = "x"', f'annotations.k = "{LONG}"', f'annotations.k = "{LONG}!"'),
        *('run_id = "r"', 'run_id = ""', "stage = staging", "stage != staging"),
        f'root_digest = "{root_digest(some_files("a"))}"',
    )
)
other = st.sampled_from(
    ("", "metrics:auc", "number > 1", "NOT metrics.auc > 0", 'model = "a*"', 'model = "*b"')
)
filters = (
    other
    | indexed
    | st.builds("{} AND {}".format, indexed, indexed)
    | st.builds("number > 1 AND ({} OR {})".format, indexed, indexed)
)


def sorted_by(order: Sequence[OrderTerm], found: Sequence[Version]) -> list[Version]:
    """Sort as the contract says, one comparison at a time."""

    def differ(one: Version, other: Version) -> int:
        for term in order:
            mine, theirs = term.value(one), term.value(other)
            if (mine is None) != (theirs is None):
                return 1 if mine is None else -1
            if mine is not None and theirs is not None and mine != theirs:
                return _sign(mine < theirs, descending=term.descending)  # type: ignore[operator]
        if one.name.model != other.name.model:
            backwards = bool(order) and order[-1].descending
            return _sign(one.name.model < other.name.model, descending=backwards)
        backwards = order[-1].descending if order else True
        return _sign(one.name.number < other.name.number, descending=backwards)

    return sorted(found, key=cmp_to_key(differ))


def _sign(less: bool, *, descending: bool) -> int:
    return 1 if less == descending else -1


def pages(tx: Transaction, wanted: WantedVersions, size: int) -> Iterator[Version]:
    query, token = Query("List", (), wanted.shape), ""
    while True:
        page = query.page(size, token)
        found = versions_page(tx, query, page, wanted, lambda _: PAGE_BYTES // 10)
        yield from found.items
        token = found.next_token
        if not token:
            return


@given(
    catalog=st.lists(st.tuples(st.sampled_from(("a", "ab", "b")), versions), max_size=9),
    order=orders,
    text=filters,
    size=st.integers(1, 4),
)
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_pages_in_any_order_are_the_sorted_versions(
    database: Database,
    catalog: list[tuple[str, VersionFields]],
    order: str,
    text: str,
    size: int,
) -> None:
    namespace = f"n{next(_names)}"
    terms = parse_order(order, ALL_VERSIONS_ORDER)
    node = parse_filter(text, ALL_VERSIONS_FILTER)
    with database.change(lambda: at(0)) as transaction:
        transaction.namespaces.add(a_namespace(namespace))
        models = {
            one: a_model(one, namespace=namespace) for one in sorted({one for one, _ in catalog})
        }
        for model in models.values():
            transaction.models.add(model)
        stored = [
            add_version(transaction, models[one], number, fields)
            for number, (one, fields) in enumerate(catalog, 1)
        ]
        matching = [one for one in stored if node is None or chosen(node, one)]
        parents: list[NamespaceName | ModelName] = [NamespaceName(namespace)]
        if "model" not in text:
            parents += [model.name for model in models.values()]
        for parent in parents:
            wanted = WantedVersions(parent, node, terms, show_deleted=False)
            inside = [one for one in matching if parent in {one.name.parent, parents[0]}]
            found = [str(one.name) for one in pages(transaction, wanted, size)]
            assert found == [str(one.name) for one in sorted_by(terms, inside)]
