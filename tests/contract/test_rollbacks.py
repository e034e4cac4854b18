"""Rollbacks on both databases: of one stage or alias, and of several at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from registry_grpc.domain.errors import (
    RegistryError,
    RollbackNotPossible,
)
from registry_grpc.domain.names import ModelName, VersionName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, AliasRule, Stage, StageGraph
from registry_grpc.domain.transition import TransitionKind, TransitionState
from tests.support.governance import MODEL, Governed, governed
from tests.support.staged import DAY, GUARDED, actions


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as running:
        yield running


@pytest.fixture
def moved_on(registry: Governed) -> Governed:
    """Version 1 was in production before 2, which came from staging, where 3 is now."""
    for number in (1, 2, 3):
        registry.register()
        registry.set_stage(f"fraud/{number}", "staging")
    for number in (1, 2):
        registry.set_stage(f"fraud/{number}", "production")
    return registry


def holding(**capacities: int) -> StageGraph:
    """Return the default graph with other capacities."""
    stages = tuple(
        Stage(stage.id, capacities.get(stage.id, stage.capacity)) for stage in DEFAULT_GRAPH.stages
    )
    return replace(DEFAULT_GRAPH, stages=stages)


def stages_of(registry: Governed, *numbers: int) -> list[str]:
    return [registry.version(f"fraud/{number}").stage for number in numbers]


def moves_of_last(registry: Governed) -> list[VersionName]:
    """Return the versions that the last transaction moved between stages."""
    with registry.database.read() as tx:
        model = tx.models.get(MODEL)
        assert model is not None
        history = tx.stages.history(model, None, 100)
        return sorted(entry.version for entry in history if entry.revision == tx.revision)


@pytest.mark.parametrize(
    "targets",
    [("fraud@production", "fraud@staging"), ("fraud@staging", "fraud@production")],
)
def test_a_version_goes_straight_from_one_stage_that_returns_to_another(
    moved_on: Governed, targets: tuple[str, str]
) -> None:
    moved_on.rollback(*targets)
    assert stages_of(moved_on, 1, 2, 3) == ["production", "staging", "archived"]
    assert moves_of_last(moved_on) == [MODEL.version(number) for number in (1, 2, 3)]


def test_stages_do_not_take_each_others_place(registry: Governed) -> None:
    registry.set_graph(holding(staging=1))
    for _ in range(2):
        registry.register()
    for number, stage in ((1, "staging"), (1, "production"), (2, "staging"), (2, "production")):
        registry.set_stage(f"fraud/{number}", stage)
    registry.set_stage("fraud/1", "staging")
    with pytest.raises(RollbackNotPossible, match="move twice"):
        registry.rollback("fraud@production", "fraud@staging")
    assert stages_of(registry, 1, 2) == ["staging", "production"]


def test_one_version_does_not_return_to_two_stages(moved_on: Governed) -> None:
    with pytest.raises(RollbackNotPossible, match="move twice"):
        moved_on.rollback("fraud@production", "fraud@staging", version=Reference.parse("fraud/1"))
    assert stages_of(moved_on, 1, 2, 3) == ["archived", "production", "staging"]


def test_a_full_stage_gives_up_its_newest_and_keeps_the_others(registry: Governed) -> None:
    registry.set_graph(holding(production=2))
    for number in (1, 2, 3):
        registry.register()
        registry.set_stage(f"fraud/{number}", "staging")
        registry.set_stage(f"fraud/{number}", "production")
    assert stages_of(registry, 1, 2, 3) == ["archived", "production", "production"]
    registry.rollback("fraud@production")
    assert stages_of(registry, 1, 2, 3) == ["production", "production", "archived"]
    assert moves_of_last(registry) == [MODEL.version(1), MODEL.version(3)]


def test_a_stage_does_not_return_to_more_than_it_holds_by_now(registry: Governed) -> None:
    for number in (1, 2):
        registry.register()
        registry.set_stage(f"fraud/{number}", "staging")
    moment = registry.version("fraud/2").update_time
    for number in (1, 2):
        registry.set_stage(f"fraud/{number}", "archived")
    registry.set_graph(holding(staging=1))
    registry.clock.forward(DAY)
    with pytest.raises(RollbackNotPossible, match="its capacity is 1 now"):
        registry.rollback("fraud@staging", moment=moment)
    assert stages_of(registry, 1, 2) == ["archived", "archived"]


def test_archived_versions_do_not_leave_without_a_target(moved_on: Governed) -> None:
    moment = moved_on.version("fraud/1").update_time
    moved_on.set_alias("old", "fraud/3")
    moved_on.set_stage("fraud/3", "archived")
    moved_on.clock.forward(DAY)
    with pytest.raises(RollbackNotPossible, match="cannot leave the stage"):
        moved_on.rollback("fraud@archived", moment=moment)
    moved_on.set_stage("fraud/1", "none")
    moved_on.rollback("fraud@archived", with_aliases=True)
    assert stages_of(moved_on, 1, 2, 3) == ["archived", "production", "archived"]
    assert moved_on.version("fraud@old").name.number == 3


@pytest.mark.parametrize(
    "targets",
    [("fraud@champion", "fraud@production"), ("fraud@production", "fraud@champion")],
)
def test_a_protected_alias_returns_with_the_stage_that_it_demands(
    moved_on: Governed, targets: tuple[str, str]
) -> None:
    moved_on.set_alias("champion", "fraud/1")
    moved_on.set_alias("champion", "fraud/2")
    moved_on.set_graph(replace(DEFAULT_GRAPH, alias_rules=(AliasRule("champ*", ("production",)),)))
    moved_on.rollback(*targets)
    assert moved_on.version("fraud@champion").name.number == 1
    assert moved_on.version("fraud@production").name.number == 1


def test_an_alias_does_not_follow_its_stage_to_one_version_and_return_to_another(
    moved_on: Governed,
) -> None:
    moved_on.set_alias("champion", "fraud/3")
    moved_on.set_alias("champion", "fraud/2")
    with pytest.raises(RollbackNotPossible, match="move twice"):
        moved_on.rollback("fraud@production", "fraud@champion", with_aliases=True)
    assert moved_on.version("fraud@champion").name.number == 2
    assert stages_of(moved_on, 1, 2, 3) == ["archived", "production", "staging"]


def test_an_alias_does_not_go_with_its_stage_and_return_by_itself(registry: Governed) -> None:
    roomy = replace(holding(production=2), alias_rules=(AliasRule("champ*", ("production",)),))
    registry.set_graph(roomy)
    for number in (1, 2):
        registry.register()
        registry.set_stage(f"fraud/{number}", "staging")
        registry.set_stage(f"fraud/{number}", "production")
        registry.set_alias("champion", f"fraud/{number}")
    with pytest.raises(RollbackNotPossible, match="move twice"):
        registry.rollback("fraud@production", "fraud@champion", version=Reference.parse("fraud/1"))
    assert stages_of(registry, 1, 2) == ["production", "production"]
    assert registry.version("fraud@champion").name.number == 2


def test_a_rollback_brings_the_last_holder_back_in_one_call(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.approve(made.name)
    done = staged.rollback("fraud@production")
    assert (done.category, done.state) == (TransitionKind.ROLLBACK, TransitionState.APPLIED)
    assert staged.version("fraud@production").name.number == 1
    assert staged.version("fraud/2").stage == "archived"
    assert [str(move.previous) for move in done.moves] == [str(MODEL.version(2))]
    assert actions(staged)[-1] == "transition.rollback"


def test_a_second_rollback_goes_forth_again(staged: Governed) -> None:
    staged.request(("fraud/2", "production"))
    staged.rollback("fraud@production")
    staged.rollback("fraud@production")
    assert staged.version("fraud@production").name.number == 2


def test_a_rollback_to_a_moment_restores_what_held_then(staged: Governed) -> None:
    moment = staged.clock.now + timedelta(seconds=1)
    staged.clock.forward(timedelta(seconds=2))
    staged.request(("fraud/2", "production"))
    staged.register(auc=0.99)
    staged.set_stage("fraud/3", "staging")
    staged.request(("fraud/3", "production"))
    staged.rollback("fraud@production", moment=moment)
    assert staged.version("fraud@production").name.number == 1


def test_rollback_to_a_version_that_was_never_in_the_stage_fails(staged: Governed) -> None:
    staged.register(auc=0.99)
    with pytest.raises(RollbackNotPossible, match="there is no earlier version"):
        staged.rollback("fraud@production")
    with pytest.raises(RollbackNotPossible, match="was never in it"):
        staged.rollback("fraud@production", version=Reference.parse("fraud/3"))


def test_an_alias_returns_to_what_it_named(staged: Governed) -> None:
    staged.set_alias("champion", "fraud/1")
    staged.set_alias("champion", "fraud/2")
    staged.rollback("fraud@champion")
    assert staged.version("fraud@champion").name.number == 1
    with pytest.raises(RegistryError, match="does not exist"):
        staged.rollback("fraud@nobody")


def test_aliases_follow_where_that_is_wanted(staged: Governed) -> None:
    staged.request(("fraud/2", "production"))
    staged.set_alias("champion", "fraud/2")
    staged.rollback("fraud@production", with_aliases=True)
    assert staged.version("fraud@champion").name.number == 1


def test_several_models_roll_back_together_or_not_at_all(staged: Governed) -> None:
    other = ModelName("default", "other")
    staged.register(model=other, auc=0.5)
    staged.set_stage("other/1", "staging")
    staged.set_stage("other/1", "production")
    staged.request(("fraud/2", "production"))
    with pytest.raises(RollbackNotPossible):
        staged.rollback("fraud@production", "other@production")
    assert staged.version("fraud@production").name.number == 2
