"""A part of a graph: a fine-tuned version, its inputs, and its approver."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.lineage import (
    Approver,
    Code,
    Dataset,
    Edge,
    EdgeRole,
    Node,
    Run,
    RunFacts,
    Subgraph,
    Thing,
    ThingNode,
    VersionNode,
    name_of,
)
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import VersionState

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_version_node(number: int, model: str = "fraud") -> VersionNode:
    return VersionNode(
        name=ModelName("risk", model).version(number),
        uid=UUID(int=number),
        root_digest=Digest(f"{number:064x}"),
        stage="production",
        state=VersionState.ACTIVE,
        creator="ann",
        create_time=NOON,
    )


def a_thing(thing: Thing, facts: RunFacts | None = None) -> ThingNode:
    return ThingNode(name_of("risk", thing), thing, facts or RunFacts())


BASE, TUNED, PART = a_version_node(1), a_version_node(2), a_version_node(3, "part")
CLAIMS = a_thing(Dataset("gs://claims/q3.parquet", "sha256:aa"))
LOOSE = a_thing(Dataset("data/local file.csv"))
TABLE = a_thing(Dataset("postgres://db:5432/risk.public.claims", "version:3%20of%20may"))
RUN = a_thing(
    Run("11111111-2222-4333-8444-555555555555"),
    RunFacts("airflow", "train", NOON - 2 * HOUR, NOON - HOUR, "COMPLETE"),
)
NAMELESS = a_thing(Run("job 7"))
CODE = a_thing(Code("https://git.example/risk", "ab" * 20))
BOB = a_thing(Approver("bob@example.com"))
NODES: tuple[Node, ...] = (*(BASE, TUNED, PART, CLAIMS, LOOSE, TABLE, RUN, NAMELESS, CODE, BOB),)


def an_edge(source: Node, role: EdgeRole, target: Node) -> Edge:
    return Edge(source.uid, role, target.uid, NOON, "ann", 7)


EDGES = (
    an_edge(TUNED, EdgeRole.TRAINED_ON, CLAIMS),
    an_edge(TUNED, EdgeRole.TESTED_ON, LOOSE),
    an_edge(TUNED, EdgeRole.DERIVED_FROM, BASE),
    an_edge(PART, EdgeRole.MEMBER_OF, TUNED),
    an_edge(TUNED, EdgeRole.PRODUCED_BY, RUN),
    an_edge(TUNED, EdgeRole.APPROVED_BY, BOB),
    an_edge(RUN, EdgeRole.VALIDATED_ON, TABLE),
    an_edge(RUN, EdgeRole.PRODUCED_BY, CODE),
    an_edge(BASE, EdgeRole.TRAINED_ON, CLAIMS),
    an_edge(PART, EdgeRole.PRODUCED_BY, NAMELESS),
)


def a_subgraph(*events: str) -> Subgraph:
    """Return all of it, as it would be found walking up from the tuned version."""
    nodes = {node.uid: node for node in NODES}
    return Subgraph(TUNED.uid, nodes, EDGES, {RUN.uid: events})
