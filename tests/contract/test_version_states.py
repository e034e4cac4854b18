"""Version states with transitions, rollbacks and garbage collection, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from registry_grpc.domain.errors import (
    RollbackNotPossible,
    StageEmpty,
    TransitionNotOpen,
    VersionRevoked,
    VersionYanked,
)
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.transition import TransitionState
from registry_grpc.domain.version import VersionState
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.version_state import VersionStates
from tests.support.governance import ANN, Governed, governed
from tests.support.services import digest_of, local_registry

YANKED, REVOKED = VersionState.YANKED, VersionState.REVOKED
REVIEWED = PolicyDraft("production", "*", approvals=(ApprovalRequirement("review"),))


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    """Versions 1 to 3; production held them in this order, and `champion` follows."""
    with governed(database_url) as running:
        for number in (1, 2, 3):
            running.register()
            running.set_stage(f"fraud/{number}", "staging")
            running.set_stage(f"fraud/{number}", "production")
            running.set_alias("champion", f"fraud/{number}")
        yield running


def test_who_is_revoked_in_production_is_gone_in_one_call_and_replaced_in_another(
    registry: Governed,
) -> None:
    registry.live("fraud/3", REVOKED)
    assert registry.version("fraud/3").stage == "production"
    for name in ("fraud@production", "fraud@champion"):
        with pytest.raises(VersionRevoked):
            registry.version(name)
    registry.rollback("fraud@production", with_aliases=True)
    for name in ("fraud@production", "fraud@champion", "fraud@latest"):
        assert registry.version(name).name.number == 2
    assert registry.version("fraud/3").stage == "archived"


@pytest.mark.parametrize("state", [YANKED, REVOKED])
def test_a_rollback_passes_over_who_may_not_be_used(
    registry: Governed, state: VersionState
) -> None:
    registry.live("fraud/2", state)
    registry.rollback("fraud@production")
    assert registry.version("fraud@production").name.number == 1
    registry.rollback("fraud@champion")
    assert registry.version("fraud@champion").name.number == 1


def test_unusable_versions_are_not_rolled_back_to(registry: Governed) -> None:
    registry.live("fraud/1", YANKED)
    with pytest.raises(RollbackNotPossible, match="was yanked"):
        registry.rollback("fraud@production", version=Reference.parse("fraud/1"))
    registry.live("fraud/2", REVOKED)
    with pytest.raises(RollbackNotPossible, match="no earlier version is usable"):
        registry.rollback("fraud@production")
    assert registry.version("fraud@production").name.number == 3


def test_a_stage_is_left_by_who_was_revoked_when_another_enters(registry: Governed) -> None:
    registry.live("fraud/3", REVOKED)
    registry.set_stage("fraud/1", "staging")
    registry.set_stage("fraud/1", "production")
    assert registry.version("fraud@production").name.number == 1
    assert registry.version("fraud/3").stage == "archived"
    with pytest.raises(StageEmpty):
        registry.version("fraud@staging")


@pytest.mark.parametrize("state, kind", [(YANKED, VersionYanked), (REVOKED, VersionRevoked)])
def test_what_was_asked_for_a_version_ends_with_it(
    registry: Governed, state: VersionState, kind: type[Exception]
) -> None:
    registry.set_stage("fraud/1", "staging")
    registry.put("review", REVIEWED)
    made = registry.request(("fraud/1", "production"))
    assert made.state is TransitionState.PENDING_APPROVAL
    registry.live("fraud/1", state)
    with pytest.raises(TransitionNotOpen, match=f"superseded: .* was {state}"):
        registry.approve(made.name)
    assert registry.version("fraud/1").stage == "staging"
    with pytest.raises(kind):
        registry.request(("fraud/1", "production"), actor=ANN)


def test_evidence_is_added_to_yanked_versions_but_not_to_revoked_ones(registry: Governed) -> None:
    registry.live("fraud/1", YANKED)
    registry.evaluate("fraud/1", auc=0.9)
    registry.live("fraud/1", REVOKED)
    with pytest.raises(VersionRevoked):
        registry.evaluate("fraud/1", auc=0.9)


def test_the_state_it_is_in_already_changes_nothing(registry: Governed) -> None:
    for state in (YANKED, REVOKED):
        registry.live("fraud/1", state)
        with registry.database.read() as tx:
            before = len(tx.log.events(0, 1_000))
        registry.live("fraud/1", state)
        with registry.database.read() as tx:
            assert len(tx.log.events(0, 1_000)) == before


def test_the_bytes_of_a_revoked_version_stay_until_it_is_deleted(
    database_url: str, tmp_path: Path
) -> None:
    with local_registry(database_url, tmp_path / "blobs") as registry:
        registry.push(b"leaky")
        registry.register(b"leaky")
        lives = VersionStates(Mutations(registry.database, registry.clock))
        lives.set(registry.call(), Reference.parse("fraud/1"), REVOKED, "", "leaks")
        registry.clock.forward(timedelta(days=400))
        for _ in range(3):
            registry.collect()
        assert registry.stored() == {digest_of(b"leaky")}
        registry.delete(1)
        for _ in range(3):
            registry.collect()
        assert registry.stored() == set()
