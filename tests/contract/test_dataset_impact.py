"""The versions that a dataset affects, in random lineages, against a search in Python."""

from collections.abc import Sequence
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.lineage import Dataset, EdgeRole, Run, ThingNode
from registry_grpc.domain.page import Query
from registry_grpc.domain.version import Version
from registry_grpc.services.dataset_impact import KEY_SHAPE, uses_page
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.lineage import UseQuery
from tests.contract.database_examples import a_model, add_version, at, deleted
from tests.support.faults.amount import examples
from tests.support.lineage import a_node, an_edge

_names = count(1)
_MOST = 6
lineages = st.lists(
    st.fixed_dictionaries(
        {
            "parents": st.sets(st.integers(0, _MOST - 1), max_size=2),
            "used": st.sampled_from(("", "itself", "run")),
            "deleted": st.booleans(),
        }
    ),
    min_size=1,
    max_size=_MOST,
)


def listed(tx: Transaction, wanted: UseQuery, size: int) -> list[tuple[int, int | None]]:
    """Return numbers, with that of the version that each derives from, page by page."""
    query, token = Query("Find", (), KEY_SHAPE), ""
    found: list[tuple[int, int | None]] = []
    while True:
        page = uses_page(tx, query, query.page(size, token), wanted)
        for use in page.page.items:
            before = getattr(getattr(use.derived_from, "name", None), "number", None)
            found.append((use.version.name.number, before))
        token = page.page.next_token
        if not token:
            assert (page.truncated, page.elsewhere) == (False, 0)
            return found


def affected(drawn: Sequence[dict[str, object]]) -> tuple[set[int], set[int]]:
    """Return the numbers of the live versions that used it, and of those that derive from them."""
    used = {number for number, one in enumerate(drawn) if one["used"]}
    reached = set(used)
    for _ in drawn:
        for number, one in enumerate(drawn):
            if reached & {parent for parent in one["parents"] if parent < number}:  # type: ignore[attr-defined]
                reached.add(number)
    live = {number for number, one in enumerate(drawn) if not one["deleted"]}
    return {n + 1 for n in used & live}, {n + 1 for n in (reached - used) & live}


def record(
    tx: Transaction, version: Version, data: ThingNode, used: str, parents: Sequence[Version]
) -> None:
    """Record what a version used, and the older versions that it derives from."""
    edges = [
        an_edge(version.uid, EdgeRole.DERIVED_FROM, parent.uid)
        for parent in parents
        if parent.name.number < version.name.number
    ]
    run = a_node(Run(f"run of {version.uid}"))
    if used == "run":
        edges.append(an_edge(version.uid, EdgeRole.PRODUCED_BY, run.uid))
    if used:
        user = run.uid if used == "run" else version.uid
        edges.append(an_edge(user, EdgeRole.TRAINED_ON, data.uid))
    tx.lineage.add([run], edges)


@given(drawn=lineages, size=st.integers(1, 4))
@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_versions_are_found_through_deleted_ones(
    database: Database, drawn: list[dict[str, object]], size: int
) -> None:
    uri = f"s3://leaked/{next(_names)}"
    model, data = a_model(f"m{next(_names)}"), a_node(Dataset(uri))
    with database.change(lambda: at(0)) as tx:
        tx.models.add(model)
        versions = [add_version(tx, model, number) for number in range(1, len(drawn) + 1)]
        tx.lineage.add([data], [])
        for version, one in zip(versions, drawn, strict=True):
            parents = [versions[parent] for parent in sorted(one["parents"]) if parent < len(drawn)]  # type: ignore[call-overload]
            record(tx, version, data, str(one["used"]), parents)
            if one["deleted"]:
                tx.versions.update(deleted(version, at(1), 2))
        found = listed(tx, UseQuery("default", uri=uri, derived=True), size)
        direct = listed(tx, UseQuery("default", uri=uri), size)
    used, derived = affected(drawn)
    assert [number for number, before in found if before is None] == sorted(used)
    assert {number for number, before in found if before is not None} == derived
    assert len(found) == len(used) + len(derived)
    assert [number for number, _ in direct] == sorted(used)
    for number, before in found:
        assert before is None or before - 1 in drawn[number - 1]["parents"]  # type: ignore[operator]
