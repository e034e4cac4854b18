"""The largest record can be registered, and its gates are evaluated, within the work of a call."""

from collections.abc import Iterator

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import policy_pb2, version_pb2
from registry_grpc.domain.limits import MESSAGE_BYTES
from tests.support.content import NAMESPACE, a_file, a_model
from tests.support.costs import DONE, ended
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

_FILES, _SLICES, _RULES = 20_000, 8_000, 20
_BOUNDS = 5
_POLICY = f"{NAMESPACE}/policies/large"


def _request(model: str, file: version_pb2.FileEntry) -> catalog.RegisterVersionRequest:
    """The largest record: as many files and slices as a version may have."""
    files = [
        version_pb2.FileEntry(path=f"p/{n:05d}", digest=file.digest, size_bytes=file.size_bytes)
        for n in range(_FILES)
    ]
    slices = [
        version_pb2.SliceMetric(
            dimension="age", value=f"v{n}", count=1, metric="auc", result=n / _SLICES
        )
        for n in range(_SLICES)
    ]
    version = version_pb2.Version(metrics={"auc": 0.9}, slices=slices)
    return catalog.RegisterVersionRequest(parent=model, files=files, version=version)


@pytest.fixture(scope="module")
def model(registry_process: RegistryProcess) -> Iterator[str]:
    """A model whose first version is as large as one may be."""
    with connected(registry_process.target) as stubs:
        name = a_model(stubs, "large-gates")
        stubs.RegisterVersion(_request(name, a_file(stubs)))
        yield name


@pytest.fixture(scope="module")
def patient(registry_process: RegistryProcess) -> Iterator[Stubs]:
    """A client that takes replies as large as the SDK does."""
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES)]
    with grpc.insecure_channel(registry_process.target, options) as channel:
        yield Stubs(channel)


def test_the_largest_record_is_registered_in_less_than_a_second(
    registry_process: RegistryProcess, stubs: Stubs, model: str
) -> None:
    request = _request(model, a_file(stubs))
    assert ended(registry_process, stubs, "RegisterVersion", request, model) == DONE


def _rule(number: int) -> policy_pb2.Rule:
    name = f"r{number}"
    if number < _BOUNDS:
        bound = policy_pb2.MetricBound(metric="auc", dimension="age", minimum=-float(number))
        return policy_pb2.Rule(id=name, bound=bound)
    if number % 2:
        files = policy_pb2.RequiredFiles(patterns=[f"p/{number:05d}", f"p/*{number}"])
        return policy_pb2.Rule(id=name, files=files)
    expression = f"size(slices) > {number} && slices.all(s, s.result >= 0.0)"
    return policy_pb2.Rule(id=name, cel=policy_pb2.CelExpression(expression=expression))


def test_twenty_rules_over_the_largest_record_are_checked(
    registry_process: RegistryProcess, patient: Stubs, model: str
) -> None:
    policy = policy_pb2.Policy(
        name=_POLICY, to_stage="staging", models="*", rules=[_rule(n) for n in range(_RULES)]
    )
    patient.PutPolicy(governance.PutPolicyRequest(policy=policy))
    move = governance.RequestedMove(version=f"{model}/versions/1", to_stage="staging")
    request = governance.CheckTransitionRequest(moves=[move])
    assert ended(registry_process, patient, "CheckTransition", request, model) == DONE
    checked = patient.CheckTransition(request)
    assert checked.passed
    found = [finding.rule for finding in checked.moves[0].findings]
    assert {rule: found.count(rule) for rule in found} == {
        f"r{n}": _SLICES if n < _BOUNDS else 1 + n % 2 for n in range(_RULES)
    }
