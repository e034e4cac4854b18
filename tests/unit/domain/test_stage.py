import pytest

from registry_grpc.domain.alias import free_alias
from registry_grpc.domain.names import alias_id
from registry_grpc.domain.stage import ARCHIVED, DEFAULT_GRAPH, NONE, PRODUCTION


def test_every_edge_leads_to_a_stage_and_never_back_to_itself() -> None:
    for stage, targets in DEFAULT_GRAPH.edges.items():
        assert set(targets) <= set(DEFAULT_GRAPH.edges)
        assert len(set(targets)) == len(targets)
        assert stage not in targets


def test_every_stage_can_be_reached_from_the_first_and_left_again() -> None:
    reached, waiting = {NONE}, [NONE]
    while waiting:
        for target in DEFAULT_GRAPH.edges[waiting.pop()]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    assert reached == set(DEFAULT_GRAPH.edges)
    assert all(DEFAULT_GRAPH.edges.values())


def test_the_graph_is_the_one_that_the_contract_describes() -> None:
    wanted = {
        (NONE, "staging"),
        ("staging", PRODUCTION),
        (PRODUCTION, ARCHIVED),
        ("staging", NONE),
        (ARCHIVED, "staging"),
        *((stage, ARCHIVED) for stage in (NONE, "staging", PRODUCTION)),
        *((stage, NONE) for stage in ("staging", PRODUCTION, ARCHIVED)),
    }
    found = {(stage, to) for stage, targets in DEFAULT_GRAPH.edges.items() for to in targets}
    assert found == wanted


def test_a_full_stage_can_send_its_oldest_holder_to_the_archive() -> None:
    assert DEFAULT_GRAPH.capacity == {PRODUCTION: 1}
    for stage, capacity in DEFAULT_GRAPH.capacity.items():
        assert capacity >= 1
        assert ARCHIVED in DEFAULT_GRAPH.edges[stage]
    assert ARCHIVED not in DEFAULT_GRAPH.capacity


def test_stages_are_written_like_aliases_so_that_references_can_name_them() -> None:
    for stage in DEFAULT_GRAPH.edges:
        assert alias_id(stage) == stage
        assert stage in DEFAULT_GRAPH
    assert "Production" not in DEFAULT_GRAPH


@pytest.mark.parametrize("text", ["latest", *DEFAULT_GRAPH.edges])
def test_words_with_a_meaning_of_their_own_cannot_be_aliases(text: str) -> None:
    with pytest.raises(ValueError, match="meaning of its own"):
        free_alias(text, DEFAULT_GRAPH)


def test_other_words_can_be_aliases() -> None:
    assert free_alias("champion", DEFAULT_GRAPH) == "champion"
    assert free_alias("production-eu", DEFAULT_GRAPH) == "production-eu"
    with pytest.raises(ValueError, match="an alias is"):
        free_alias("Champion", DEFAULT_GRAPH)
