"""Small values and states that two databases, or a name and its version, could tell differently."""

import math

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.content import a_file, a_model, a_version
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal


def test_a_zero_has_no_sign_and_latest_is_what_is_left(
    registry_on_either: RegistryProcess,
) -> None:
    with connected(registry_on_either.target) as stubs:
        model = a_model(stubs, "fraud")
        _zeros(stubs, model)
        _latest(stubs, model)


def _zeros(stubs: Stubs, model: str) -> None:
    made = [_with_loss(stubs, model, loss) for loss in (-0.0, 0.0)]
    assert [math.copysign(1, version.metrics["loss"]) for version in made] == [1.0, 1.0]
    zeros = ("metrics.loss = 0", 2), ("metrics.loss = -0.0", 2), ("metrics.loss < 0", 0)
    for text, count in zeros:
        request = catalog.ListVersionsRequest(parent=model, filter=text)
        assert len(stubs.ListVersions(request).versions) == count, text


def _with_loss(stubs: Stubs, model: str, loss: float) -> version_pb2.Version:
    slices = [version_pb2.SliceMetric(dimension="age", value="40+", metric="loss", result=loss)]
    facts = version_pb2.Version(metrics={"loss": loss}, slices=slices)
    request = catalog.RegisterVersionRequest(parent=model, files=[a_file(stubs)], version=facts)
    name = stubs.RegisterVersion(request).name
    found: version_pb2.Version = stubs.GetVersion(catalog.GetVersionRequest(name=name))
    assert math.copysign(1, found.slices[0].result) == 1.0
    return found


def _latest(stubs: Stubs, model: str) -> None:
    newest = a_version(stubs, model)
    stubs.DeleteVersion(catalog.DeleteVersionRequest(name=newest.name))
    wanted = governance.RequestedMove(version="fraud@latest", to_stage="production")
    move = governance.RequestTransitionRequest(moves=[wanted])
    with pytest.raises(grpc.RpcError) as caught:
        stubs.RequestTransition(move)
    assert refusal(caught.value).reason == "TRANSITION_NOT_ALLOWED"
    assert refusal(caught.value).message.startswith(f"fraud@latest is {model}/versions/2, which")
    for number in (1, 2):
        stubs.DeleteVersion(catalog.DeleteVersionRequest(name=f"{model}/versions/{number}"))
    with pytest.raises(grpc.RpcError) as caught:
        stubs.ResolveVersion(lookup.ResolveVersionRequest(ref="fraud@latest"))
    found = refusal(caught.value)
    assert (found.code, found.reason) == ("NOT_FOUND", "VERSION_NOT_FOUND")
    assert "none that is not deleted, yanked or revoked" in found.message
