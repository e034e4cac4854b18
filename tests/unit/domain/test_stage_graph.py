"""Stage graphs: the default one, what a good one is, and what aliases may name."""

from dataclasses import replace

import pytest

from registry_grpc.domain.alias import alias_word, free_alias
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.ids import alias_id
from registry_grpc.domain.stage import ARCHIVED, NONE, PRODUCTION
from registry_grpc.domain.stage_graph import (
    DEFAULT_GRAPH,
    MOST_ALIAS_RULES,
    MOST_STAGES,
    AliasRule,
    Stage,
    StageEdge,
    StageGraph,
)
from registry_grpc.domain.violations import Violations

SMALL = StageGraph((Stage(NONE), Stage("live"), Stage(ARCHIVED)), (StageEdge(NONE, "live"),))
LIVE = AliasRule("champ*", ("live",))


def fields(graph: StageGraph) -> list[str]:
    """Return the fields that are wrong."""
    found = Violations()
    graph.check(found)
    try:
        found.raise_if_any()
    except InvalidRequest as error:
        return [violation.field.removeprefix("stage_graph.") for violation in error.violations]
    return []


def test_the_default_graph_is_a_good_one() -> None:
    assert fields(DEFAULT_GRAPH) == []
    assert fields(SMALL) == []


def test_every_stage_can_be_reached_from_the_first_and_left_again() -> None:
    reached, waiting = {NONE}, [NONE]
    while waiting:
        for target in DEFAULT_GRAPH.targets(waiting.pop()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    assert reached == set(DEFAULT_GRAPH.names)
    assert all(map(DEFAULT_GRAPH.targets, DEFAULT_GRAPH.names))


def test_the_default_graph_is_the_one_that_the_contract_describes() -> None:
    wanted = {
        (NONE, "staging"),
        ("staging", PRODUCTION),
        (PRODUCTION, ARCHIVED),
        ("staging", NONE),
        (ARCHIVED, "staging"),
        *((stage, ARCHIVED) for stage in (NONE, "staging", PRODUCTION)),
        *((stage, NONE) for stage in ("staging", PRODUCTION, ARCHIVED)),
    }
    assert {(edge.source, edge.target) for edge in DEFAULT_GRAPH.edges} == wanted
    capacities = {stage: DEFAULT_GRAPH.capacity(stage) for stage in DEFAULT_GRAPH.names}
    assert capacities == {NONE: 0, "staging": 0, PRODUCTION: 1, ARCHIVED: 0}
    assert DEFAULT_GRAPH.alias_rules == ()


def test_stages_are_written_like_aliases_so_that_references_can_name_them() -> None:
    for stage in DEFAULT_GRAPH.names:
        assert alias_id(stage) == stage
        assert stage in DEFAULT_GRAPH
    assert "Production" not in DEFAULT_GRAPH


@pytest.mark.parametrize(
    "graph, wrong",
    [
        (StageGraph((), ()), ["stages", "stages"]),
        (replace(SMALL, stages=SMALL.stages[1:]), ["stages", "edges[0].source"]),
        (replace(SMALL, stages=(*SMALL.stages, Stage("live"))), ["stages[3].id"]),
        (replace(SMALL, stages=(*SMALL.stages, Stage("Live"))), ["stages[3].id"]),
        (replace(SMALL, stages=(*SMALL.stages, Stage("latest"))), ["stages[3].id"]),
        (replace(SMALL, stages=(*SMALL.stages, Stage("x", -1))), ["stages[3].capacity"]),
        (replace(SMALL, stages=(*SMALL.stages, Stage("x", 1_001))), ["stages[3].capacity"]),
        (replace(SMALL, stages=(Stage(NONE, 1), *SMALL.stages[1:])), ["stages[0].capacity"]),
        (replace(SMALL, stages=(*SMALL.stages[:2], Stage(ARCHIVED, 1))), ["stages[2].capacity"]),
        (replace(SMALL, edges=(StageEdge("live", "nowhere"),)), ["edges[0].target"]),
        (replace(SMALL, edges=(StageEdge("live", "live"),)), ["edges[0]"]),
        (replace(SMALL, edges=SMALL.edges * 2), ["edges[1]"]),
        (replace(SMALL, alias_rules=(AliasRule("", ("live",)),)), ["alias_rules[0].pattern"]),
        (replace(SMALL, alias_rules=(AliasRule("a:*", ("live",)),)), ["alias_rules[0].pattern"]),
        (replace(SMALL, alias_rules=(AliasRule("*", ()),)), ["alias_rules[0].stages"]),
        (replace(SMALL, alias_rules=(AliasRule("*", ("x",)),)), ["alias_rules[0].stages[0]"]),
        (replace(SMALL, alias_rules=(AliasRule("*", ("live",) * 2),)), ["alias_rules[0].stages"]),
        (replace(SMALL, alias_rules=(LIVE,) * (MOST_ALIAS_RULES + 1)), ["alias_rules"]),
        (
            replace(SMALL, stages=(*SMALL.stages, *(Stage(f"s{n}") for n in range(MOST_STAGES)))),
            ["stages"],
        ),
    ],
)
def test_everything_that_is_wrong_is_named(graph: StageGraph, wrong: list[str]) -> None:
    assert fields(graph) == wrong


def test_an_alias_must_satisfy_every_rule_that_it_matches() -> None:
    graph = replace(SMALL, alias_rules=(LIVE, AliasRule("*-eu", ("live", ARCHIVED))))
    assert graph.broken("champion", "live") is None
    assert graph.broken("champion", ARCHIVED) == LIVE
    assert graph.broken("champion-eu", ARCHIVED) == LIVE
    assert graph.broken("other-eu", ARCHIVED) is None
    assert graph.broken("other-eu", NONE) == graph.alias_rules[1]
    assert graph.broken("other", NONE) is None


@pytest.mark.parametrize("text", ["latest", *DEFAULT_GRAPH.names])
def test_words_with_a_meaning_of_their_own_cannot_be_aliases(text: str) -> None:
    with pytest.raises(ValueError, match="meaning of its own"):
        free_alias(text, DEFAULT_GRAPH)


def test_other_words_can_be_aliases() -> None:
    assert free_alias("champion", DEFAULT_GRAPH) == "champion"
    assert free_alias("production-eu", DEFAULT_GRAPH) == "production-eu"
    assert free_alias(PRODUCTION, SMALL) == alias_word(PRODUCTION) == PRODUCTION
    assert free_alias("Champion", DEFAULT_GRAPH) == "Champion"
    with pytest.raises(ValueError, match="an alias is"):
        free_alias("champion 2", DEFAULT_GRAPH)


def test_the_name_of_a_stage_in_other_letters_is_no_alias() -> None:
    with pytest.raises(ValueError, match="meaning of its own"):
        free_alias("Live", SMALL)
    assert free_alias("Production", SMALL) == "Production"


def test_alias_rules_protect_aliases_in_other_letters() -> None:
    assert replace(SMALL, alias_rules=(LIVE,)).broken("CHAMPION", ARCHIVED) == LIVE
