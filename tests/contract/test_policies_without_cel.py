"""A server without CEL rejects policies that need it; stored ones block the gate."""

import pytest

from registry_grpc.domain.errors import CelUnavailable, GateRefused, InvalidRequest
from registry_grpc.domain.finding import Outcome
from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import Policy, PolicyDraft, policy_digest
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.expression import Expression
from registry_grpc.persistence.database import SqlDatabase
from tests.contract.database_examples import START
from tests.support.governance import Governed

CEL = Rule("cel", Severity.WARN, cel=Expression("true"))
GOOD = Rule("good", bound=MetricBound("auc", minimum=0.5))


@pytest.fixture
def registry(database: SqlDatabase) -> Governed:
    """The use cases, without CEL, with a version in staging."""
    made = Governed(database)
    made.register(auc=0.9)
    made.set_stage("fraud/1", "staging")
    return made


def test_it_cannot_be_put(registry: Governed) -> None:
    with pytest.raises(CelUnavailable):
        registry.put("quality", PolicyDraft("production", "*", rules=(GOOD, CEL)))
    registry.put("quality", PolicyDraft("production", "*", rules=(GOOD,)))
    registry.set_stage("fraud/1", "production")


def test_what_is_wrong_with_the_policy_is_said_before(registry: Governed) -> None:
    with pytest.raises(InvalidRequest, match="to_stage"):
        registry.put("quality", PolicyDraft("moon", "*", rules=(CEL,)))


def test_one_that_is_stored_refuses_although_it_only_warns(registry: Governed) -> None:
    draft = PolicyDraft("production", "*", rules=(GOOD, CEL))
    name = PolicyName("default", "quality")
    with registry.database.change(lambda: START) as tx:
        digest = policy_digest(draft)
        tx.policies.append(Policy(name, 1, draft, digest, "root", tx.time, tx.revision))
    with pytest.raises(GateRefused) as refusal:
        registry.set_stage("fraud/1", "production")
    (found,) = [item for item in refusal.value.findings if item.rule == "cel"]
    assert found.outcome is Outcome.ERROR
    assert "no CEL" in found.message
