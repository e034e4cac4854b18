"""Stages through MLflow, and the registry's policies behind them."""

from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from modelregistry import ApprovalRequirement, MetricBound, Policy, Rule
from modelregistry.types import Stage, StageEdge, StageGraph
from tests.support.mlflow.models import folder
from tests.support.mlflow.registry import Registry


@pytest.fixture
def versions(client: MlflowClient, tmp_path: Path) -> MlflowClient:
    """A client with three versions of a model."""
    source = folder(tmp_path / "source")
    client.create_registered_model("Production_RF")
    for _ in range(3):
        client.create_model_version("Production_RF", source)
    return client


def stages(client: MlflowClient) -> list[str]:
    """Return the stages of the three versions, by number."""
    return [client.get_model_version("Production_RF", n).current_stage for n in (1, 2, 3)]


def latest(client: MlflowClient, *wanted: str) -> dict[str, int]:
    """Return the newest version of each stage."""
    found = client.get_latest_versions("Production_RF", list(wanted) or None)
    return {each.current_stage: each.version for each in found}


def test_a_version_goes_from_any_stage_to_any_other(versions: MlflowClient) -> None:
    for stage in ("Staging", "Production", "Staging", "Archived", "None", "production"):
        moved = versions.transition_model_version_stage("Production_RF", 1, stage)
        assert moved.current_stage == stage.title()
    versions.transition_model_version_stage("Production_RF", "2", "PRODUCTION")

    assert stages(versions) == ["Production", "Production", "None"]
    assert latest(versions) == {"Production": 2, "None": 3}
    assert latest(versions, "production", "Staging") == {"Production": 2}


def test_others_are_archived_when_asked(versions: MlflowClient) -> None:
    for number in (1, 2):
        versions.transition_model_version_stage("Production_RF", number, "Production")

    versions.transition_model_version_stage(
        "Production_RF", 3, "Production", archive_existing_versions=True
    )

    assert stages(versions) == ["Archived", "Archived", "Production"]
    with pytest.raises(MlflowException, match="not an Active stage"):
        versions.transition_model_version_stage(
            "Production_RF", 3, "Archived", archive_existing_versions=True
        )


def test_a_move_to_where_a_version_is_archives_the_others(versions: MlflowClient) -> None:
    for number in (1, 2):
        versions.transition_model_version_stage("Production_RF", number, "Staging")

    moved = versions.transition_model_version_stage(
        "Production_RF", 2, "Staging", archive_existing_versions=True
    )

    assert moved.current_stage == "Staging"
    assert stages(versions) == ["Archived", "Staging", "None"]


def test_unknown_stages_are_mlflows_error(versions: MlflowClient) -> None:
    with pytest.raises(MlflowException, match="Invalid Model Version stage") as raised:
        versions.transition_model_version_stage("Production_RF", 1, "Live")
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_stages_of_the_namespaces_own_graph_work_too(
    versions: MlflowClient, registry: Registry, namespace: str
) -> None:
    canary = StageGraph(
        stages=(Stage(id="none"), Stage(id="canary"), Stage(id="archived")),
        edges=(StageEdge(source="none", target="canary"),),
    )
    with registry.client(namespace) as ours:
        ours.set_stage_graph(canary)

    moved = versions.transition_model_version_stage("Production_RF", 1, "Canary")

    assert moved.current_stage == "canary"
    assert latest(versions, "canary") == {"canary": 1}
    with pytest.raises(MlflowException, match="canary") as raised:
        versions.transition_model_version_stage("Production_RF", 1, "None")
    assert raised.value.error_code == "BAD_REQUEST"


def put_policy(registry: Registry, namespace: str, policy: Policy) -> None:
    """Put a policy."""
    with registry.client(namespace) as ours:
        ours.put_policy(policy)


def test_a_blocked_promotion_says_which_checks_failed_and_moves_nothing(
    versions: MlflowClient, registry: Registry, namespace: str
) -> None:
    versions.transition_model_version_stage("Production_RF", 1, "Production")
    put_policy(
        registry,
        namespace,
        Policy(
            name="quality",
            to_stage="production",
            models="*",
            rules=(
                Rule(id="auc", check=MetricBound(metric="auc", minimum=0.9)),
                Rule(id="recall", check=MetricBound(metric="recall", minimum=0.8)),
            ),
        ),
    )

    with pytest.raises(MlflowException) as raised:
        versions.transition_model_version_stage(
            "Production_RF", 2, "Production", archive_existing_versions=True
        )

    # A code of which MLflow's clients do not repeat the call for minutes.
    assert raised.value.error_code == "BAD_REQUEST"
    for word in ("quality", "auc", "recall", "missing"):
        assert word in raised.value.message
    assert stages(versions) == ["Production", "None", "None"]


def test_a_promotion_that_needs_approval_says_whose(
    versions: MlflowClient, registry: Registry, namespace: str
) -> None:
    put_policy(
        registry,
        namespace,
        Policy(
            name="people",
            to_stage="production",
            models="*",
            approvals=(ApprovalRequirement(id="risk", meaning="looked at"),),
        ),
    )

    with pytest.raises(MlflowException, match=r"needs approval: people/risk \(0 of 1\)") as raised:
        versions.transition_model_version_stage("Production_RF", 1, "Production")

    assert "modelreg transitions show" in raised.value.message
    assert raised.value.error_code == "BAD_REQUEST"
    assert stages(versions) == ["None", "None", "None"]


def test_many_versions_in_one_stage_are_archived(
    client: MlflowClient, tmp_path: Path, registry: Registry, namespace: str
) -> None:
    source = folder(tmp_path / "source")
    client.create_registered_model("many")
    with registry.client(namespace) as ours:
        for number in range(1, 131):
            ours.push("many", source, environment=None, source=None)
            if number < 130:
                ours.set_stage(f"many/{number}", "production")

    client.transition_model_version_stage("many", 130, "Production", True)  # noqa: FBT003

    found = client.search_model_versions("name='many'")
    assert {each.version for each in found if each.current_stage == "Production"} == {130}
    assert sum(each.current_stage == "Archived" for each in found) == 129
    assert {each.current_stage: each.version for each in client.get_latest_versions("many")} == {
        "Production": 130,
        "Archived": 129,
    }
