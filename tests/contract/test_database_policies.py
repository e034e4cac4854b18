"""Policies, evaluations and attestations are stored alike in both databases."""

from dataclasses import replace

import pytest

from registry_grpc.domain.change import Change
from registry_grpc.domain.evaluation import Evaluation
from registry_grpc.domain.facts import ConfidenceInterval, SliceMetric
from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import Policy, PolicyDraft
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    a_namespace,
    a_uid,
    add_version,
    stored_model,
)
from tests.contract.policy_examples import a_policy, an_attestation, an_evaluation


@pytest.fixture
def version(database: Database) -> Version:
    """A version that is stored."""
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        return add_version(transaction, model, 1)


def test_a_policy_is_read_as_it_was_put(database: Database) -> None:
    with database.change(lambda: START) as tx:
        tx.policies.append(a_policy())
    with database.read() as tx:
        assert tx.policies.get(PolicyName("default", "quality")) == a_policy()
        assert tx.policies.get(PolicyName("default", "other")) is None


def test_the_newest_revision_is_in_force_and_earlier_ones_stay_readable(
    database: Database,
) -> None:
    second = a_policy(number=2, draft=PolicyDraft("archived", "*"))
    with database.change(lambda: START) as tx:
        tx.policies.append(a_policy())
        tx.policies.append(second)
    with database.read() as tx:
        assert tx.policies.get(second.name) == second
        assert tx.policies.revision(second.name, 1) == a_policy()
        assert tx.policies.revision(second.name, 3) is None
        assert tx.policies.newest(second.name) == second
        assert tx.policies.history(second.name, None, 9) == [second, a_policy()]
        assert tx.policies.history(second.name, 2, 9) == [a_policy()]
        assert tx.policies.history(second.name, None, 1) == [second]
        assert tx.policies.guarding("default", "production") == []
        assert tx.policies.guarding("default", "archived") == [second]


def test_a_deleted_policy_guards_nothing_and_keeps_its_history(database: Database) -> None:
    end = replace(a_policy(number=2), deleted=True)
    with database.change(lambda: START) as tx:
        tx.policies.append(a_policy())
        tx.policies.append(end)
    with database.read() as tx:
        assert tx.policies.get(end.name) is None
        assert tx.policies.guarding("default", "production") == []
        assert tx.policies.newest(end.name) == end
        assert tx.policies.revision(end.name, 2) == end
        assert tx.policies.page("default", None, 9) == []


def test_policies_are_listed_by_id_within_their_namespace(database: Database) -> None:
    with database.change(lambda: START) as tx:
        tx.namespaces.add(a_namespace("risk"))
        for name in ("b", "a", "c"):
            tx.policies.append(a_policy(name))
        tx.policies.append(a_policy("d", namespace="risk"))
    with database.read() as tx:
        assert [row.name.policy for row in tx.policies.page("default", None, 2)] == ["a", "b"]
        assert [row.name.policy for row in tx.policies.page("default", "a", 9)] == ["b", "c"]
        found = tx.policies.guarding("default", "production")
        assert [row.name.policy for row in found] == ["a", "b", "c"]


def test_an_evaluation_is_read_as_it_was_submitted(database: Database, version: Version) -> None:
    slices = (
        SliceMetric("age", "60-69", 2**40, "recall", 1.0, ConfidenceInterval(0.0, 1.0, 0.95)),
        SliceMetric("site", "Zürich", 0, "auc", -1e-300),
    )
    evaluation = an_evaluation(
        version,
        2,
        dataset_uri="gs://holdout",
        dataset_digest="sha256:1",
        evaluator="risk-eval",
        evaluator_digest="git:abc",
        metrics={"auc": 1.0, "loss": 1e300},
        slices=slices,
        description="for people",
    )
    with database.change(lambda: START) as tx:
        tx.evaluations.add(version, evaluation)
    with database.read() as tx:
        assert tx.evaluations.get(version, evaluation.name.uuid) == evaluation
        assert tx.evaluations.get(version, a_uid()) is None
        assert tx.evaluations.page(version, None, 9) == [evaluation.without_slices()]
        (record,) = tx.evaluations.records(version)
        assert record.id == str(evaluation.name.uuid)
        assert record.cells == {("age", "recall"), ("site", "auc")}
        assert record.metrics == {"auc": 1.0, "loss": 1e300}
        assert (record.dataset, record.digest) == ("gs://holdout", evaluation.digest)
        assert tx.evaluations.slices([record.id]) == {record.id: slices}
        assert tx.evaluations.slices([]) == {}


def test_evaluations_are_listed_newest_first(database: Database, version: Version) -> None:
    made = [an_evaluation(version, revision) for revision in (2, 3, 4)]
    with database.change(lambda: START) as tx:
        for evaluation in made:
            tx.evaluations.add(version, evaluation)
    with database.read() as tx:
        assert tx.evaluations.count(version) == 3
        assert tx.evaluations.page(version, None, 2) == [made[2], made[1]]
        assert tx.evaluations.page(version, 3, 9) == [made[0]]
        ids = [record.id for record in tx.evaluations.records(version)]
        assert ids == [str(evaluation.name.uuid) for evaluation in reversed(made)]


def test_an_evaluation_belongs_to_its_version_only(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as tx:
        first, second = add_version(tx, model, 1), add_version(tx, model, 2)
        evaluation = an_evaluation(first, 2)
        tx.evaluations.add(first, evaluation)
    with database.read() as tx:
        assert tx.evaluations.get(second, evaluation.name.uuid) is None
        assert tx.evaluations.records(second) == []


def test_attestations_are_read_as_they_were_recorded(database: Database, version: Version) -> None:
    made = [an_attestation(version, revision) for revision in (2, 3)]
    with database.change(lambda: START) as tx:
        for attestation in made:
            tx.attestations.add(version, attestation)
    with database.read() as tx:
        assert tx.attestations.page(version, None, 9) == made[::-1]
        assert tx.attestations.page(version, 3, 9) == made[:1]
        assert tx.attestations.count(version) == 2


def test_changes_of_rules_and_evidence_are_kept_whole_in_the_log(
    database: Database, version: Version
) -> None:
    resources: list[Evaluation | Policy] = [an_evaluation(version, 2), a_policy()]
    with database.change(lambda: START) as tx:
        tx.record([Change("test.put", str(item.name), "ann", None, item) for item in resources])
    with database.read() as tx:
        assert [event.change.after for event in tx.log.events(0, 9)] == resources
