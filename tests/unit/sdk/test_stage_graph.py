"""Stage graphs as values and as messages."""

from datetime import UTC, datetime

from modelregistry import AliasRule, Stage, StageEdge, StageGraph
from modelregistry._convert.stage_graph import stage_graph_from_message, stage_graph_to_message

GRAPH = StageGraph(
    stages=(Stage(id="none"), Stage(id="live", capacity=2), Stage(id="archived")),
    edges=(StageEdge(source="none", target="live"), StageEdge(source="none", target="archived")),
    alias_rules=(AliasRule(pattern="champ*", stages=("live",)),),
)
NAME = "namespaces/risk/stageGraph"


def test_what_a_graph_says_comes_back_as_it_was() -> None:
    read = stage_graph_from_message(stage_graph_to_message(GRAPH, NAME, "r7"))
    assert (read.stages, read.edges, read.alias_rules) == (
        GRAPH.stages,
        GRAPH.edges,
        GRAPH.alias_rules,
    )
    assert (read.name, read.namespace, read.etag) == (NAME, "risk", "r7")
    assert (read.update_time, read.updater, read.revision) == (None, "", 0)


def test_who_set_it_and_when_is_read() -> None:
    message = stage_graph_to_message(GRAPH, NAME, "")
    message.updater, message.revision = "ann", 7
    message.update_time.FromDatetime(datetime(2026, 5, 3, tzinfo=UTC))
    read = stage_graph_from_message(message)
    assert (read.updater, read.revision) == ("ann", 7)
    assert read.update_time == datetime(2026, 5, 3, tzinfo=UTC)


def test_a_graph_says_where_a_version_may_go() -> None:
    assert GRAPH.targets("none") == ("live", "archived")
    assert GRAPH.targets("live") == GRAPH.targets("nowhere") == ()
