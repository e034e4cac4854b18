"""A model with a version in production and one in staging, and the evidence of both."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from registry_grpc.domain.change import Event
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.transition import Transition
from tests.support.governance import Governed, governed
from tests.support.history import NOTHING_SEEN

DAY = timedelta(days=1)
GOOD = Rule("good", bound=MetricBound("auc", minimum=0.9))
REVIEW = ApprovalRequirement("review", meaning="validated")
GUARDED = PolicyDraft("production", "*", rules=(GOOD,), approvals=(REVIEW,))


@pytest.fixture
def staged(database_url: str) -> Iterator[Governed]:
    """Versions 1 and 2, both good; 1 is in production, 2 in staging."""
    with governed(database_url) as registry:
        for number in (1, 2):
            registry.register(auc=0.95)
            registry.set_stage(f"fraud/{number}", "staging")
        registry.set_stage("fraud/1", "production")
        yield registry


def stored(registry: Governed, name: TransitionName) -> Transition:
    return registry.transitions.get(name, NOTHING_SEEN)


def only(registry: Governed) -> Transition:
    with registry.database.read() as tx:
        (found,) = tx.transitions.page("default", None, (), None, 10)
    return found


def events(registry: Governed) -> list[Event]:
    with registry.database.read() as tx:
        return list(tx.log.events(0, 10_000))


def actions(registry: Governed, prefix: str = "transition.") -> list[str]:
    return [e.change.action for e in events(registry) if e.change.action.startswith(prefix)]
