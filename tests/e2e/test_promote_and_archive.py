"""A promotion that archives other versions, and lists that are read from a page on."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import Client, MetricBound, Policy, Rule, Stage, StageEdge, StageGraph
from modelregistry.errors import GateRefused
from tests.support.server import RegistryProcess

ROOMY = StageGraph(
    stages=(Stage(id="none"), Stage(id="production"), Stage(id="archived")),
    edges=(
        StageEdge(source="none", target="production"),
        StageEdge(source="production", target="archived"),
    ),
)


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own with three versions of a model."""
    namespace = f"risk-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for _ in range(3):
            client.push("fraud", Path(__file__))
        yield client


def stages(client: Client) -> list[str]:
    """Return the stages of the three versions, by number."""
    return [client.get_version(f"fraud/{number}").stage for number in (1, 2, 3)]


def test_versions_are_archived_with_the_promotion(client: Client) -> None:
    client.set_stage_graph(ROOMY)
    for number in (1, 2):
        client.promote(f"fraud/{number}", "production")

    transition = client.promote("fraud/3", "production", archive=["fraud/1", "fraud/2"])

    assert len(transition.moves) == 3
    assert stages(client) == ["archived", "archived", "production"]
    assert {client.get_version(f"fraud/{n}").revision for n in (1, 2, 3)} == {transition.revision}


def test_the_version_that_a_full_stage_replaces_may_be_named(client: Client) -> None:
    # The default graph has room for one in production.
    for number in (1, 2):
        client.promote(f"fraud/{number}", "staging")
    client.promote("fraud/1", "production")

    client.promote("fraud/2", "production", archive=["fraud/1"])

    assert stages(client) == ["archived", "production", "none"]


def test_a_blocked_promotion_archives_nothing(client: Client) -> None:
    client.set_stage_graph(ROOMY)
    client.promote("fraud/1", "production")
    bound = MetricBound(metric="auc", minimum=0.9)
    client.put_policy(
        Policy(
            name="quality",
            to_stage="production",
            models="fraud",
            rules=(Rule(id="auc", check=bound),),
        )
    )

    with pytest.raises(GateRefused):
        client.promote("fraud/2", "production", archive=["fraud/1"])

    assert stages(client) == ["production", "none", "none"]


def test_a_list_can_be_read_from_a_page_on(client: Client) -> None:
    first, *_ = client.list_versions("fraud", page_size=1).pages()

    rest = [
        version.number
        for page in client.list_versions("fraud", page_size=1).pages(first.next_page_token)
        for version in page.items
    ]

    assert [version.number for version in first.items] == [3]
    assert rest == [2, 1]
