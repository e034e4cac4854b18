"""The gate of a move, in a transaction on both databases."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from registry_grpc.domain.evaluation import Evaluation, EvaluationDraft, evaluation_digest
from registry_grpc.domain.facts import SliceMetric, VersionDetail
from registry_grpc.domain.finding import Outcome
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import ApprovalRequirement, Policy, PolicyDraft, policy_digest
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import MetricChange
from registry_grpc.domain.rules.files import RequiredFiles
from registry_grpc.domain.version import Version
from registry_grpc.services.gate import Gate, check_gate
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_transition,
    a_uid,
    add_version,
    at,
    some_files,
    stored_model,
)
from tests.contract.policy_examples import an_attestation

GOOD = Rule("good", bound=MetricBound("auc", minimum=0.9))
EACH_AGE = Rule("ages", bound=MetricBound("recall", dimension="age", minimum=0.8))
NOT_WORSE = Rule("not-worse", change=MetricChange("auc", max_absolute=0.01))


class Unused:
    """Stands where no rule has an expression."""

    available = False

    def fault(self, expression: str) -> str:
        return f"no caller should compile {expression}"

    def evaluate(self, expression: str, facts: Mapping[str, object]) -> bool:
        message = f"no caller should evaluate {expression} over {len(facts)} facts"
        raise AssertionError(message)


@pytest.fixture
def model(database: Database) -> Model:
    """A model with version 1 in production and version 2 in staging."""
    model = stored_model(database)
    with database.change(lambda: START) as tx:
        old = add_version(tx, model, 1, VersionFields(metrics={"auc": 0.95}))
        _stage(tx, model, old, "production", 2)
        fields = VersionFields(
            metrics={"auc": 0.92},
            files=some_files("model.onnx", "card.md"),
            detail=VersionDetail(slices=(SliceMetric("age", "60-69", 9, "recall", 0.7),)),
        )
        _stage(tx, model, add_version(tx, model, 2, fields), "staging", 3)
    return model


def _stage(tx: Transaction, model: Model, version: Version, stage: str, revision: int) -> None:
    tx.versions.update(replace(version, stage=stage, revision=revision))
    tx.stages.append(model, a_transition(model, version.name.number, stage, "none", revision))


def _put(
    database: Database,
    policy: str,
    *rules: Rule,
    number: int = 1,
    **said: Any,  # noqa: ANN401 - by the draft
) -> None:
    draft = replace(PolicyDraft("production", "*", rules=rules), **said)
    name = PolicyName("default", policy)
    with database.change(lambda: START) as tx:
        digest = policy_digest(draft)
        tx.policies.append(Policy(name, number, draft, digest, "root", at(1), number))


def _submit(
    database: Database,
    model: Model,
    number: int,
    revision: int,
    **draft: Any,  # noqa: ANN401 - of the draft
) -> None:
    said = replace(EvaluationDraft(), **draft)
    with database.change(lambda: START) as tx:
        version = _version(tx, model, number)
        name = version.name.evaluation(a_uid())
        tx.evaluations.add(
            version,
            Evaluation(
                name,
                said,
                len(said.slices),
                evaluation_digest(said),
                "ann",
                at(revision),
                revision,
            ),
        )


def _version(tx: Transaction, model: Model, number: int) -> Version:
    found = tx.versions.get(model, number)
    assert found is not None
    return found


def _check(database: Database, model: Model, number: int = 2, stage: str = "production") -> Gate:
    with database.read() as tx:
        version = _version(tx, model, number)
        return check_gate(tx, model, version, stage, at(9), Unused())


def _outcomes(gate: Gate) -> list[tuple[str, str, Outcome]]:
    return [(item.policy, item.rule, item.outcome) for item in gate.findings]


def test_without_policies_the_gate_is_open_and_bound(database: Database, model: Model) -> None:
    gate = _check(database, model)
    assert not gate.blocks
    assert (gate.findings, gate.approvals, gate.policies) == ((), (), ())
    assert gate.binding == _check(database, model).binding


def test_every_policy_that_matches_the_move_applies(database: Database, model: Model) -> None:
    _put(database, "b", GOOD)
    _put(database, "a", NOT_WORSE, from_stage="staging")
    _put(database, "other-stage", GOOD, to_stage="archived")
    _put(database, "other-edge", GOOD, from_stage="archived")
    _put(database, "other-model", GOOD, models="credit*")
    gate = _check(database, model)
    assert _outcomes(gate) == [
        ("a@1", "not-worse", Outcome.FAILED),
        ("b@1", "good", Outcome.PASSED),
    ]
    assert gate.blocks


def test_the_newest_evaluation_that_has_the_metric_counts(database: Database, model: Model) -> None:
    _put(database, "quality", GOOD, EACH_AGE)
    assert [item.outcome for item in _check(database, model).findings] == [
        Outcome.PASSED,
        Outcome.FAILED,
    ]
    better = (SliceMetric("age", "60-69", 9, "recall", 0.8),)
    _submit(database, model, 2, 4, metrics={"auc": 0.8}, slices=better)
    _submit(database, model, 2, 5, metrics={"other": 0.1})
    assert [item.outcome for item in _check(database, model).findings] == [
        Outcome.FAILED,
        Outcome.PASSED,
    ]


def test_the_present_holder_is_judged_by_its_own_newest_evidence(
    database: Database, model: Model
) -> None:
    _put(database, "quality", NOT_WORSE)
    assert _check(database, model).blocks
    _submit(database, model, 1, 4, metrics={"auc": 0.93})
    assert not _check(database, model).blocks


def test_files_are_read_when_a_rule_asks_for_them(database: Database, model: Model) -> None:
    _put(database, "files", Rule("card", files=RequiredFiles(("card.md", "*.onnx", "*.lock"))))
    gate = _check(database, model)
    assert [item.outcome.value for item in gate.findings] == ["passed", "passed", "failed"]


def test_approvals_and_the_longest_wait_are_those_of_all_policies(
    database: Database, model: Model
) -> None:
    first, second = ApprovalRequirement("clinic", count=2), ApprovalRequirement("risk")
    _put(database, "a", approvals=(first,), wait=at(3) - at(0))
    _put(database, "b", approvals=(second,), wait=at(5) - at(0))
    gate = _check(database, model)
    assert gate.approvals == (("a@1", first), ("b@1", second))
    assert gate.wait == at(5) - at(0)


def test_the_binding_changes_with_policies_evidence_and_the_move(
    database: Database, model: Model
) -> None:
    seen = [_check(database, model).binding]

    def changed() -> bool:
        seen.append(_check(database, model).binding)
        return seen[-1] not in seen[:-1]

    _put(database, "quality", GOOD)
    assert changed()
    _put(database, "quality", GOOD, EACH_AGE, number=2)
    assert changed()
    _submit(database, model, 2, 4, metrics={"x": 1.0})
    assert changed()
    _submit(database, model, 1, 5, metrics={"x": 1.0})
    assert not changed()  # nothing compares with the holder yet
    _put(database, "compare", NOT_WORSE)
    assert changed()
    _submit(database, model, 1, 6, metrics={"x": 2.0})
    assert changed()
    with database.change(lambda: START) as tx:
        version = _version(tx, model, 2)
        tx.attestations.add(version, an_attestation(version, 7))
    assert changed()
    assert _check(database, model, stage="archived").binding not in seen
    assert _check(database, model, number=1).binding not in seen
