"""Bad requests to GovernanceService: stage graphs."""
# ruff: noqa: E501, ANN401 - a table: one row, one line, and whatever a message has for fields

from typing import Any

from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import stage_graph_pb2 as pb
from tests.support.content import NAMESPACE
from tests.support.refusals.case import case

GRAPH = f"{NAMESPACE}/stageGraph"


def stages(*names: str, **more: int) -> list[pb.Stage]:
    """Return the stages that must be there and these; more: with their capacities."""
    plain = [pb.Stage(id=name) for name in ("none", *names, "archived")]
    return plain + [pb.Stage(id=name, capacity=capacity) for name, capacity in more.items()]


def set_graph(**fields: Any) -> governance.SetStageGraphRequest:
    """Return a graph to set, right but for what is given."""
    right = {"name": GRAPH, "stages": stages("staging", "production")}
    return governance.SetStageGraphRequest(stage_graph=pb.StageGraph(**{**right, **fields}))


def edge(source: str, target: str) -> pb.StageEdge:
    """Return an edge."""
    return pb.StageEdge(source=source, target=target)


def rule(pattern: str, *needed: str) -> pb.AliasRule:
    """Return an alias rule."""
    return pb.AliasRule(pattern=pattern, stages=needed)


def at(field: str, *places: str) -> tuple[str, ...]:
    """Return paths in a graph."""
    return tuple(f"stage_graph.{field}{place}" for place in places)


# fmt: off
STAGE_GRAPHS = [
    case("GetStageGraph", lambda _: governance.GetStageGraphRequest(name=NAMESPACE), "INVALID_REQUEST", "name"),
    case("GetStageGraph", lambda _: governance.GetStageGraphRequest(name=GRAPH, revision=-1), "INVALID_REQUEST", "revision"),
    case("GetStageGraph", lambda _: governance.GetStageGraphRequest(name=GRAPH, revision=2**62), "REVISION_NOT_REACHED"),
    case("GetStageGraph", lambda _: governance.GetStageGraphRequest(name=GRAPH, min_revision=2**62), "REVISION_NOT_REACHED"),
    case("GetStageGraph", lambda _: governance.GetStageGraphRequest(name="namespaces/nowhere/stageGraph"), "NAMESPACE_NOT_FOUND"),
    case("SetStageGraph", lambda _: governance.SetStageGraphRequest(), "INVALID_REQUEST", "stage_graph.name"),
    case("SetStageGraph", lambda _: set_graph(stages=[]), "INVALID_REQUEST", *at("stages", "", "")),
    case("SetStageGraph", lambda _: set_graph(stages=stages("latest", "Up", "x" * 64, "a\0b")), "INVALID_REQUEST", *at("stages", "[1].id", "[2].id", "[3].id", "[4].id")),
    case("SetStageGraph", lambda _: set_graph(stages=stages("none", few=-1, many=1_001)), "INVALID_REQUEST", *at("stages", "[1].id", "[3].capacity", "[4].capacity")),
    case("SetStageGraph", lambda _: set_graph(stages=[pb.Stage(id="none", capacity=1), pb.Stage(id="archived", capacity=1)]), "INVALID_REQUEST", *at("stages", "[0].capacity", "[1].capacity")),
    case("SetStageGraph", lambda _: set_graph(stages=stages(*(f"s{number}" for number in range(49)))), "INVALID_REQUEST", *at("stages", "")),
    case("SetStageGraph", lambda _: set_graph(edges=[edge("", "heaven"), edge("none", "none"), edge("none", "staging"), edge("none", "staging")]), "INVALID_REQUEST", *at("edges", "[0].source", "[0].target", "[1]", "[3]")),
    case("SetStageGraph", lambda _: set_graph(edges=[edge("none", "heaven")] * 2_451), "INVALID_REQUEST", *at("edges", "", "[0].target", *(f"[{number}]{part}" for number in range(1, 25) for part in (".target", "")))),
    case("SetStageGraph", lambda _: set_graph(alias_rules=[rule("", "staging"), rule("x" * 256, "staging"), rule("a:*", "staging"), rule("gold[ab", "staging")]), "INVALID_REQUEST", *at("alias_rules", *(f"[{number}].pattern" for number in range(4)))),
    case("SetStageGraph", lambda _: set_graph(alias_rules=[rule("gold"), rule("gold", "staging", "staging"), rule("gold", "heaven")]), "INVALID_REQUEST", *at("alias_rules", "[0].stages", "[1].stages", "[2].stages[0]")),
    case("SetStageGraph", lambda _: set_graph(alias_rules=[rule(f"a{number}", "staging") for number in range(101)]), "INVALID_REQUEST", *at("alias_rules", "")),
    case("SetStageGraph", lambda _: set_graph(etag="r999999"), "ETAG_MISMATCH"),
    case("SetStageGraph", lambda _: set_graph(name="namespaces/nowhere/stageGraph"), "NAMESPACE_NOT_FOUND"),
    case("SetStageGraph", lambda _: governance.SetStageGraphRequest(stage_graph=set_graph().stage_graph, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("SetStageGraph", lambda _: governance.SetStageGraphRequest(stage_graph=set_graph().stage_graph, request_id="7"), "INVALID_REQUEST", "request_id"),
    case("SetStageGraph", lambda _: set_graph(stages=stages("staging")), "STAGE_GRAPH_IN_USE"),
    case("SetStageGraph", lambda _: set_graph(stages=stages("staging", "production", "champion")), "STAGE_GRAPH_IN_USE"),
    case("SetStageGraph", lambda _: set_graph(alias_rules=[rule("champ*", "production")]), "STAGE_GRAPH_IN_USE"),
]
