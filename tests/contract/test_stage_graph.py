"""Stage graphs and protected aliases through their use cases, on both databases."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import (
    AliasNotFound,
    AliasProtected,
    EtagMismatch,
    InvalidRequest,
    NamespaceNotFound,
    RevisionNotReached,
    StageEmpty,
    StageGraphInUse,
    TransitionNotAllowed,
)
from registry_grpc.domain.names import PolicyName, StageGraphName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage_graph import (
    DEFAULT_GRAPH,
    AliasRule,
    Stage,
    StageEdge,
    StageGraph,
    StageGraphRevision,
)
from registry_grpc.domain.version import Version
from registry_grpc.services.registration_check import Registration
from tests.support.governance import MODEL, ROOT, Governed, governed
from tests.support.history import NOTHING_SEEN

NAME = StageGraphName("default")
CANARY = StageGraph(
    (Stage("none"), Stage("canary", 2), Stage("archived")),
    (StageEdge("none", "canary"), StageEdge("canary", "archived")),
)
PROTECTED = replace(DEFAULT_GRAPH, alias_rules=(AliasRule("champ*", ("production",)),))


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as running:
        yield running


@pytest.fixture
def served(registry: Governed) -> Governed:
    """Version 1 in production under `champion`, which is protected, and 2 in staging."""
    for number in (1, 2):
        registry.register()
        registry.set_stage(f"fraud/{number}", "staging")
    registry.set_stage("fraud/1", "production")
    registry.set_graph(PROTECTED)
    registry.set_alias("champion", "fraud/1")
    return registry


def present(registry: Governed, revision: int = 0) -> StageGraphRevision:
    return registry.graphs.get(NAME, revision, NOTHING_SEEN)


def newest_events(registry: Governed) -> list[tuple[str, str]]:
    """Return action and last part of the name of each event of the last transaction."""
    with registry.database.read() as tx:
        events = tx.log.events(tx.revision - 1, 1)
    return [(e.change.action, e.change.name.rpartition("/")[2]) for e in events]


def causes(registry: Governed, graph: StageGraph) -> list[str]:
    with pytest.raises(StageGraphInUse) as refused:
        registry.set_graph(graph)
    return list(refused.value.causes)


def test_the_default_graph_holds_while_none_is_set(registry: Governed) -> None:
    found = present(registry)
    assert found == StageGraphRevision(NAME, DEFAULT_GRAPH, "", None, 0)
    with pytest.raises(NamespaceNotFound):
        registry.graphs.get(StageGraphName("nowhere"), 0, NOTHING_SEEN)
    with pytest.raises(NamespaceNotFound):
        registry.graphs.set(registry.call(ROOT), StageGraphName("nowhere"), "", CANARY, "")


def test_a_graph_that_is_set_holds_and_the_earlier_ones_are_kept(registry: Governed) -> None:
    registry.register()
    registry.set_graph(CANARY, present(registry).etag)
    first = present(registry)
    assert (first.graph, first.actor) == (CANARY, "root")
    assert newest_events(registry) == [("stage_graph.set", "stageGraph")]
    registry.set_graph(DEFAULT_GRAPH, first.etag)
    second = present(registry)
    assert second.revision == first.revision + 1
    assert present(registry, first.revision) == first
    assert present(registry, first.revision - 1).graph == DEFAULT_GRAPH
    assert present(registry, first.revision - 1).revision == 0
    with pytest.raises(RevisionNotReached):
        present(registry, second.revision + 1)


def test_the_same_graph_again_is_no_change(registry: Governed) -> None:
    registry.set_graph(DEFAULT_GRAPH)
    assert present(registry).revision == 0
    registry.set_graph(CANARY)
    before = present(registry)
    registry.set_graph(CANARY)
    assert present(registry) == before


def test_a_graph_that_somebody_changed_meanwhile_is_not_overwritten(registry: Governed) -> None:
    etag = present(registry).etag
    registry.set_graph(CANARY, etag)
    with pytest.raises(EtagMismatch):
        registry.set_graph(DEFAULT_GRAPH, etag)
    with pytest.raises(InvalidRequest):
        registry.set_graph(replace(CANARY, stages=CANARY.stages[1:]))
    assert present(registry).graph == CANARY


def test_versions_go_the_way_of_their_graph_and_are_found_by_it(registry: Governed) -> None:
    for _ in range(4):
        registry.register()
    registry.set_graph(CANARY)
    with pytest.raises(InvalidRequest, match="none, canary, archived"):
        registry.set_stage("fraud/1", "production")
    with pytest.raises(TransitionNotAllowed):
        registry.set_stage("fraud/1", "archived")
    with pytest.raises(StageEmpty):
        registry.version("fraud@canary")
    with pytest.raises(AliasNotFound):
        registry.version("fraud@production")
    for number in (1, 2, 3):
        registry.set_stage(f"fraud/{number}", "canary")
    assert registry.version("fraud@canary").name.number == 3
    assert [registry.version(f"fraud/{n}").stage for n in (1, 2)] == ["archived", "canary"]


def test_a_former_stage_may_be_an_alias_and_a_stage_may_not(registry: Governed) -> None:
    registry.register()
    with pytest.raises(InvalidRequest, match="meaning of its own"):
        registry.set_alias("production", "fraud/1")
    registry.set_graph(CANARY)
    registry.set_alias("production", "fraud/1")
    assert registry.version("fraud@production").name.number == 1
    with pytest.raises(InvalidRequest, match="meaning of its own"):
        registry.set_alias("canary", "fraud/1")
    wanted = Registration(VersionDraft([]), alias="canary")
    with pytest.raises(InvalidRequest) as refused:
        registry.registrations.register(registry.call(), MODEL, wanted)
    assert [violation.field for violation in refused.value.violations] == ["alias"]
    registry.set_alias("Staging", "fraud/1")
    assert causes(registry, DEFAULT_GRAPH) == [
        f"staging would be a stage, and is an alias: {MODEL.alias('Staging')}",
        f"production would be a stage, and is an alias: {MODEL.alias('production')}",
    ]
    with pytest.raises(InvalidRequest, match="meaning of its own"):
        registry.set_alias("Canary", "fraud/1")


def test_everything_that_does_not_fit_is_named(served: Governed) -> None:
    served.set_alias("canary", "fraud/2")
    found = causes(served, replace(CANARY, alias_rules=(AliasRule("champ*", ("canary",)),)))
    assert found == [
        f"stage staging would go, and {MODEL} has versions in it: 1",
        f"stage production would go, and {MODEL} has versions in it: 1",
        f"canary would be a stage, and is an alias: {MODEL.alias('canary')}",
        f"{MODEL.alias('champion')} would need a version in canary; it names one in production",
    ]
    assert present(served).graph == PROTECTED


def test_a_stage_that_a_policy_names_stays_while_the_policy_is_in_force(
    registry: Governed,
) -> None:
    registry.set_graph(CANARY)
    waiting = PolicyDraft("canary", "*", wait=timedelta(hours=1))
    registry.put("entering", waiting)
    registry.put("leaving", replace(waiting, from_stage="canary", to_stage="archived"))
    registry.put("other", replace(waiting, to_stage="archived"))

    assert causes(registry, DEFAULT_GRAPH) == [
        f"stage canary would go, and namespaces/default/policies/{name} guards moves of it"
        for name in ("entering", "leaving")
    ]

    registry.set_graph(replace(CANARY, edges=()))  # a policy may guard a way that there is not
    registry.policies.delete(registry.call(ROOT), PolicyName("default", "entering"), "", "")
    registry.put("leaving", replace(waiting, to_stage="archived"))
    registry.set_graph(DEFAULT_GRAPH)
    assert present(registry).graph == DEFAULT_GRAPH


def test_of_very_many_policies_each_is_asked(registry: Governed) -> None:
    registry.set_graph(CANARY)
    for number in range(201):
        registry.put(f"p{number:03}", PolicyDraft("canary", "*", wait=timedelta(hours=1)))
    assert len(causes(registry, DEFAULT_GRAPH)) == 201


def test_a_stage_does_not_become_too_small_for_what_it_holds(served: Governed) -> None:
    served.register()
    served.set_stage("fraud/3", "staging")
    small = (Stage("none"), Stage("staging", 1), Stage("production", 1), Stage("archived"))
    assert causes(served, replace(PROTECTED, stages=small)) == [
        f"stage staging would hold 1, and {MODEL} has versions in it: 2"
    ]
    served.set_stage("fraud/3", "none")
    served.set_graph(replace(PROTECTED, stages=small))


def test_a_protected_alias_names_only_versions_in_its_stages(served: Governed) -> None:
    with pytest.raises(AliasProtected) as refused:
        served.set_alias("champion", "fraud/2")
    assert refused.value.metadata["stage"] == "staging"
    assert list(refused.value.causes) == ["needs stage production"]
    wanted = Registration(VersionDraft([]), alias="champ-2")
    with pytest.raises(AliasProtected):
        served.registrations.register(served.call(), MODEL, wanted)
    assert served.version("fraud@latest").name.number == 2
    served.set_alias("other", "fraud/2")


def test_a_protected_alias_follows_to_the_version_that_takes_the_place(served: Governed) -> None:
    served.set_alias("free", "fraud/1")
    served.set_stage("fraud/2", "production")
    assert newest_events(served) == [
        ("version.stage", "1"),
        ("version.stage", "2"),
        ("alias.set", "champion"),
    ]
    assert served.version("fraud@champion") == served.version("fraud/2")
    assert served.version("fraud/2").aliases == ("champion",)
    assert served.version("fraud@free").stage == "archived"


@pytest.mark.parametrize("stage", ["archived", "none"])
def test_a_protected_alias_goes_when_nobody_takes_the_place(served: Governed, stage: str) -> None:
    served.set_stage("fraud/1", stage)
    assert newest_events(served) == [("version.stage", "1"), ("alias.delete", "champion")]
    with pytest.raises(AliasNotFound):
        served.version("fraud@champion")


def test_a_protected_alias_follows_a_rollback_too(served: Governed) -> None:
    served.set_stage("fraud/2", "production")
    served.rollback("fraud@production", with_aliases=True)
    assert served.version("fraud@champion").name.number == 1
    assert Counter(newest_events(served))["alias.set", "champion"] == 1


def test_a_rollback_takes_a_protected_alias_along_when_there_was_room_for_both(
    served: Governed,
) -> None:
    roomy = replace(
        PROTECTED,
        stages=(Stage("none"), Stage("staging"), Stage("production", 2), Stage("archived")),
    )
    served.set_graph(roomy)
    served.set_stage("fraud/2", "production")
    served.set_stage("fraud/1", "archived")
    served.set_alias("champion", "fraud/2")
    served.rollback("fraud@production", with_aliases=True)
    assert served.version("fraud@production").name.number == 1
    assert served.version("fraud@champion").name.number == 1
    assert served.version("fraud/2").stage == "archived"


def test_a_deleted_version_leaves_stage_and_alias_once(served: Governed) -> None:
    reference = Reference.parse("fraud/1")
    served.versions.delete(served.call(), reference, "", "", force=True)
    assert newest_events(served) == [
        ("alias.delete", "champion"),
        ("version.stage", "1"),
        ("version.delete", "1"),
    ]
    with served.database.read() as tx:
        before = tx.log.events(tx.revision - 1, 1)[-1].change.before
    assert isinstance(before, Version)
    assert before.stage == "archived"


def test_other_namespaces_have_their_own_stages(registry: Governed) -> None:
    registry.set_graph(CANARY)
    with registry.database.read() as tx:
        assert tx.graphs.get("default", None) == CANARY
        assert tx.graphs.get("other", None) == DEFAULT_GRAPH
