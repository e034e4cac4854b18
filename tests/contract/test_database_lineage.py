"""Nodes, edges and uses of data sets, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.facts import DatasetInput, DatasetRole, Source
from registry_grpc.domain.lineage import (
    Approver,
    Code,
    Dataset,
    Direction,
    Edge,
    EdgeRole,
    Run,
    VersionNode,
)
from registry_grpc.services.lineage_walk import Step, StepKey, Way, key_of, walk
from registry_grpc.services.lineage_writing import write_approvals
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.lineage import Use, UseKey, UseQuery
from tests.contract.database_examples import START, a_uid, at, deleted, stored_model
from tests.support.faults.amount import examples
from tests.support.lineage import a_node, an_edge, hops, naive_hops, registered

UP, DOWN = Direction
CLAIMS = DatasetInput("gs://claims/q3", "sha256:aa", DatasetRole.TRAINING)
HOLDOUT = DatasetInput("gs://claims/holdout", "", DatasetRole.TEST)
SOURCE = Source("https://git.example/risk", "ab" * 20, dirty=False, run_id="run-7")


def used(
    database: Database, uri: str = "", digest: str = "", stage: str = ""
) -> list[tuple[str, str, str]]:
    """Return version, role and digest of every use."""
    with database.read() as transaction:
        found = transaction.lineage.uses(UseQuery("default", uri, digest, stage), None, 100)
        return [(str(u.version.name.number), u.role.value, u.dataset.thing.digest) for u in found]  # type: ignore[union-attr]


def test_a_registered_version_leads_to_all_that_it_was_made_of(database: Database) -> None:
    model = stored_model(database)
    base = registered(database, model, 1)
    made = registered(
        database, model, 2, inputs=[CLAIMS, HOLDOUT], source=SOURCE, parents=[base, base]
    )
    claims, holdout = a_node(Dataset(CLAIMS.uri, CLAIMS.digest)), a_node(Dataset(HOLDOUT.uri))
    run, code = a_node(Run("run-7")), a_node(Code(SOURCE.repository, SOURCE.commit))
    with database.read() as transaction:
        found = hops(transaction.lineage, made.uid, UP)
        nodes = transaction.lineage.nodes([made.uid, base.uid, claims.uid, run.uid, code.uid])
        (edge,) = transaction.lineage.edges([base.uid], DOWN, (), 9)
    assert sorted(found) == sorted(
        [
            (1, made.uid, "trained_on", claims.uid),
            (1, made.uid, "tested_on", holdout.uid),
            (1, made.uid, "produced_by", run.uid),
            (1, made.uid, "produced_by", code.uid),
            (1, made.uid, "derived_from", base.uid),
        ]
    )
    assert (nodes[claims.uid], nodes[run.uid], nodes[code.uid]) == (claims, run, code)
    node = nodes[made.uid]
    assert isinstance(node, VersionNode)
    assert (node.name, node.stage, node.creator) == (made.name, "none", "ann")
    assert (edge.source, edge.target, edge.time, edge.recorder) == (
        *(made.uid, base.uid),
        *(at(2), "ann"),
    )


def test_the_same_data_set_is_one_node_and_another_digest_another(database: Database) -> None:
    model = stored_model(database)
    first = registered(database, model, 1, inputs=[CLAIMS])
    second = registered(database, model, 2, inputs=[CLAIMS, replace(CLAIMS, digest="sha256:bb")])
    node = a_node(Dataset(CLAIMS.uri, CLAIMS.digest))
    with database.read() as transaction:
        below = transaction.lineage.edges([node.uid], DOWN, (), 9)
        above = transaction.lineage.edges([second.uid], UP, (), 9)
    assert {edge.source for edge in below} == {first.uid, second.uid}
    assert len(above) == 2


def test_an_approval_leads_to_who_gave_it(database: Database) -> None:
    model = stored_model(database)
    version = registered(database, model, 1)
    with database.change(lambda: at(5)) as transaction:
        write_approvals(transaction, "registry", version, ["bob", "eve"])
    approvers = {a_node(Approver(name)).uid for name in ("bob", "eve")}
    with database.read() as transaction:
        edges = transaction.lineage.edges([version.uid], UP, [EdgeRole.APPROVED_BY], 9)
    assert {edge.target for edge in edges} == approvers


def test_a_member_came_before_the_whole(database: Database) -> None:
    model = stored_model(database)
    member, whole = registered(database, model, 1), registered(database, model, 2)
    with database.change(lambda: at(5)) as transaction:
        transaction.lineage.add([], [an_edge(member.uid, EdgeRole.MEMBER_OF, whole.uid)])
    expected = [(1, member.uid, "member_of", whole.uid)]
    with database.read() as transaction:
        assert hops(transaction.lineage, whole.uid, UP) == expected
        assert hops(transaction.lineage, member.uid, DOWN) == expected
        assert hops(transaction.lineage, member.uid, UP) == []


def test_what_is_known_stays_as_it_is(database: Database) -> None:
    model = stored_model(database)
    version = registered(database, model, 1, inputs=[CLAIMS])
    node = a_node(Dataset(CLAIMS.uri, CLAIMS.digest))
    again = Edge(version.uid, EdgeRole.TRAINED_ON, node.uid, at(9), "eve", 9)
    with database.change(lambda: at(9)) as transaction:
        transaction.lineage.add([node], [again, again])
    with database.read() as transaction:
        (edge,) = transaction.lineage.edges([version.uid], UP, (), 9)
    assert (edge.recorder, edge.time) == ("ann", at(1))


def test_uses_are_found_by_place_by_content_and_by_both(database: Database) -> None:
    model = stored_model(database)
    registered(database, model, 1, inputs=[CLAIMS, HOLDOUT])
    registered(database, model, 2, inputs=[replace(CLAIMS, digest="sha256:bb")])
    registered(database, model, 3, inputs=[replace(CLAIMS, uri="gs://copy")])
    first, second, third = (
        ("1", "trained_on", "sha256:aa"),
        ("2", "trained_on", "sha256:bb"),
        ("3", "trained_on", "sha256:aa"),
    )
    assert used(database, uri=CLAIMS.uri) == [first, second]
    assert used(database, digest="sha256:aa") == [first, third]
    assert used(database, uri=CLAIMS.uri, digest="sha256:bb") == [second]
    assert used(database, uri=HOLDOUT.uri) == [("1", "tested_on", "")]
    assert used(database, uri="gs://nothing") == []


def test_only_live_versions_use_and_a_stage_narrows(database: Database) -> None:
    model, other = stored_model(database), stored_model(database, "other")
    registered(database, model, 1, inputs=[CLAIMS], stage="production")
    gone = registered(database, model, 2, inputs=[CLAIMS])
    registered(database, other, 3, inputs=[CLAIMS])
    with database.change(lambda: at(9)) as transaction:
        transaction.versions.update(deleted(gone, at(9), 9))
    assert [use[0] for use in used(database, uri=CLAIMS.uri)] == ["1", "3"]
    assert [use[0] for use in used(database, uri=CLAIMS.uri, stage="production")] == ["1"]
    with database.change(lambda: at(10)) as transaction:
        transaction.models.update(replace(other, delete_time=at(10)))
    assert [use[0] for use in used(database, uri=CLAIMS.uri)] == ["1"]


@pytest.mark.parametrize("data_first", [True, False])
def test_what_a_run_used_its_versions_used(database: Database, data_first: bool) -> None:
    model = stored_model(database)
    run, data = a_node(Run("run-7")), a_node(Dataset("gs://raw", "sha256:cc"))
    fed = an_edge(run.uid, EdgeRole.VALIDATED_ON, data.uid)
    if data_first:
        with database.change(lambda: START) as transaction:
            transaction.lineage.add([run, data], [fed])
    registered(database, model, 1, source=SOURCE)
    if not data_first:
        with database.change(lambda: at(2)) as transaction:
            transaction.lineage.add([run, data], [fed])
    assert used(database, digest="sha256:cc") == [("1", "validated_on", "sha256:cc")]


def test_uses_are_paged_without_loss(database: Database) -> None:
    model = stored_model(database)
    for number in range(1, 6):
        registered(database, model, number, inputs=[CLAIMS, replace(CLAIMS, digest="sha256:bb")])
    query = UseQuery("default", uri=CLAIMS.uri)
    with database.read() as transaction:
        whole = transaction.lineage.uses(query, None, 100)
        paged: list[Use] = []
        after: UseKey | None = None
        while page := transaction.lineage.uses(query, after, 3):
            paged += page
            after = (page[-1].version.uid, page[-1].dataset.uid, page[-1].role)
    assert len(whole) == 10
    assert paged == whole


NODES = [a_uid() for _ in range(8)]
PAIRS = st.tuples(st.integers(0, 7), st.sampled_from(list(EdgeRole)), st.integers(0, 7))


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    pairs=st.lists(PAIRS, max_size=20, unique=True),
    direction=st.sampled_from(Direction),
    depth=st.integers(1, 9),
    size=st.integers(1, 7),
)
def test_a_walk_finds_what_a_naive_one_finds_whole_and_in_pages(
    database: Database,
    pairs: Sequence[tuple[int, EdgeRole, int]],
    direction: Direction,
    depth: int,
    size: int,
) -> None:
    nodes = [a_uid() for _ in NODES]  # each example has a graph of its own
    edges = [an_edge(nodes[one], role, nodes[other]) for one, role, other in pairs]
    with database.change(lambda: START) as transaction:
        transaction.lineage.add([], edges)
    with database.read() as transaction:
        graph = transaction.lineage
        found = hops(graph, nodes[0], direction, depth=depth)
        assert sorted(found) == naive_hops(edges, nodes[0], direction, depth)
        way = Way((nodes[0],), direction, frozenset(), depth, 10_000)
        paged: list[Step] = []
        after: StepKey | None = None
        while steps := walk(graph, way, after, size).steps:
            paged += steps
            after = key_of(direction, steps[-1])
        assert paged == list(walk(graph, way, None, 10_000).steps)
        fresh = [step.node for step in paged if not step.repeated]
        assert len(fresh) == len(set(fresh)) == len({step.node for step in paged} - {nodes[0]})


def test_a_walk_ends_with_its_most_edges_and_says_so(database: Database) -> None:
    start, others = a_uid(), [a_uid() for _ in range(6)]
    edges = [an_edge(start, EdgeRole.DERIVED_FROM, other) for other in others]
    with database.change(lambda: START) as transaction:
        transaction.lineage.add([], edges)

    def walked(most: int) -> tuple[int, bool]:
        way = Way((start,), UP, frozenset(), 3, most)
        with database.read() as transaction:
            found = walk(transaction.lineage, way, None, 100)
            return len(found.steps), found.truncated

    assert walked(5) == (5, True)
    assert walked(6) == (6, False)
    assert walked(7) == (6, False)


def test_roles_choose_the_edges_that_are_walked(database: Database) -> None:
    one, two, three = a_uid(), a_uid(), a_uid()
    edges = [
        an_edge(one, EdgeRole.DERIVED_FROM, two),
        an_edge(two, EdgeRole.TRAINED_ON, three),
        an_edge(one, EdgeRole.TRAINED_ON, three),
    ]
    with database.change(lambda: START) as transaction:
        transaction.lineage.add([], edges)
    with database.read() as transaction:
        graph = transaction.lineage
        trained = hops(graph, one, UP, roles=[EdgeRole.TRAINED_ON])
        assert trained == [(1, one, "trained_on", three)]
        derived = hops(graph, one, UP, roles=[EdgeRole.TRAINED_ON, EdgeRole.DERIVED_FROM])
        assert len(derived) == 3


def test_unknown_nodes_are_not_there(database: Database) -> None:
    with database.read() as transaction:
        assert transaction.lineage.nodes([UUID(int=2**100)]) == {}
        assert transaction.lineage.nodes([]) == {}
        assert transaction.lineage.record(UUID(int=2**100)) is None
