"""Bad input, method by method: each a reason, the fields by name, nothing changed."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from uuid import uuid4

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, MethodDescriptor

from modelregistry import v1
from modelregistry.v1 import alias_pb2, model_pb2, policy_pb2, route_pb2, route_service_pb2
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import MIB, NAMESPACE, a_blob, a_model, a_version, begin, digest_of
from tests.support.refusals.case import Make, World
from tests.support.refusals.history import HISTORIES
from tests.support.refusals.monitoring import WATCHED
from tests.support.refusals.monitoring import put as put_monitor
from tests.support.refusals.policy import put
from tests.support.refusals.table import CASES
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused


@pytest.fixture(scope="module")
def world(registry_process: RegistryProcess) -> Iterator[World]:
    with connected(registry_process.target) as stubs:
        model, other, governed = a_model(stubs), a_model(stubs), a_model(stubs)
        a_version(stubs, model)
        a_version(stubs, model, alias="champion")
        a_version(stubs, model)
        stubs.DeleteVersion(catalog.DeleteVersionRequest(name=f"{model}/versions/3"))
        stubs.SetStage(catalog.SetStageRequest(name=f"{model}/versions/1", stage="staging"))
        stubs.SetStage(catalog.SetStageRequest(name=f"{model}/versions/1", stage="production"))
        arm = route_pb2.RouteArm(id="a", version=f"{model}/versions/1", weight=10_000)
        route = route_pb2.Route(name=f"{model}/routes/checkout", arms=[arm], default_arm="a")
        stubs.SetRoute(route_service_pb2.SetRouteRequest(route=route))
        stubs.PutMonitor(put_monitor(name=WATCHED))
        a_version(stubs, other)
        applied = requested(stubs, other)
        a_version(stubs, governed)
        risk = policy_pb2.ApprovalRequirement(id="risk")
        stubs.PutPolicy(put(models=governed.rpartition("/")[2], approvals=[risk]))
        waiting = requested(stubs, governed)
        stubs.DeleteModel(catalog.DeleteModelRequest(name=other))
        digest = a_blob(stubs, b"weights")
        upload = begin(stubs, digest_of(b"never sent"), 10).name
        yield World(stubs, model, other, governed, digest, upload, waiting, applied)


def requested(stubs: Stubs, model: str) -> str:
    """Ask for the first version to enter staging, and return the name of the transition."""
    move = governance.RequestedMove(version=f"{model}/versions/1", to_stage="staging")
    return str(stubs.RequestTransition(governance.RequestTransitionRequest(moves=[move])).name)


def revision(world: World) -> int:
    return int(world.stubs.ListNamespaces(catalog.ListNamespacesRequest()).revision)


@pytest.mark.parametrize(
    "method,make,reason,fields",
    CASES,
    ids=[f"{number}-{case[0]}-{case[2]}" for number, case in enumerate(CASES)],
)
def test_bad_input_is_refused_with_its_reason_and_changes_nothing(
    world: World, method: str, make: Make, reason: str, fields: tuple[str, ...]
) -> None:
    before = revision(world)

    found = refused(getattr(world.stubs, method), make(world))

    assert found.reason == reason
    assert found.fields == fields
    assert "google.rpc.RequestInfo" in found.details
    assert revision(world) == before


def test_every_method_of_the_contract_has_a_case() -> None:
    files = [import_module(f"{v1.__name__}.{found.name}") for found in iter_modules(v1.__path__)]
    methods = {
        method.name
        for file in files
        if file.__name__.endswith("_pb2")
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert {case[0] for case in CASES} == methods


def methods_of_the_contract() -> Iterator[MethodDescriptor]:
    files = [import_module(f"{v1.__name__}.{found.name}") for found in iter_modules(v1.__path__)]
    for file in files:
        if file.__name__.endswith("_pb2"):
            for service in file.DESCRIPTOR.services_by_name.values():
                yield from service.methods


def fields_of(message: Descriptor) -> set[str]:
    """The names of its fields, and of those of the messages directly in it."""
    found = set(message.fields_by_name)
    for field in message.fields:
        if field.message_type is not None and not field.is_repeated:
            found |= set(field.message_type.fields_by_name)
    return found


def test_every_method_that_takes_a_revision_or_an_etag_refuses_another_history() -> None:
    wanted = {
        method.name
        for method in methods_of_the_contract()
        if "history_id" in method.input_type.fields_by_name
        or {"etag", "alias_etag"} & fields_of(method.input_type)
    }
    # What is checked or created has an etag in its resource, and none of a stored one.
    assert {case[0] for case in HISTORIES} >= wanted - {"CreateNamespace", "CreateModel"}


def test_whatever_has_a_revision_has_its_history_beside_it() -> None:
    for method in methods_of_the_contract():
        for message in (method.input_type, method.output_type):
            names = set(message.fields_by_name)
            if names & {"revision", "min_revision", "start_revision"}:
                assert "history_id" in names, message.full_name


def test_a_request_id_used_for_something_else_is_refused(world: World) -> None:
    request_id = str(uuid4())
    create = catalog.CreateModelRequest
    world.stubs.CreateModel(create(parent=NAMESPACE, model_id="once", request_id=request_id))

    found = refused(
        world.stubs.CreateModel, create(parent=NAMESPACE, model_id="twice", request_id=request_id)
    )

    assert (found.code, found.reason) == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED")


def test_a_message_over_the_limit_is_refused(world: World) -> None:
    request = catalog.CreateModelRequest(
        parent=NAMESPACE, model_id="big", model=model_pb2.Model(description="x" * 17 * MIB)
    )
    with pytest.raises(grpc.RpcError) as caught:
        world.stubs.CreateModel(request)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_one_bad_reference_of_a_batch_does_not_stop_the_others(world: World) -> None:
    refs = [f"{world.id}@champion", f"{world.id}@nobody", "???"]

    reply = world.stubs.BatchResolveVersions(lookup.BatchResolveVersionsRequest(refs=refs))

    assert [item.ref for item in reply.resolutions] == refs
    assert reply.resolutions[0].version.number == 2
    assert [item.error.code for item in reply.resolutions[1:]] == [
        grpc.StatusCode.NOT_FOUND.value[0],
        grpc.StatusCode.INVALID_ARGUMENT.value[0],
    ]


def test_alias_messages_have_no_field_that_is_never_filled(world: World) -> None:
    alias = world.stubs.GetAlias(catalog.GetAliasRequest(name=f"{world.model}/aliases/champion"))
    assert {field.name for field, _ in alias.ListFields()} == set(
        alias_pb2.Alias.DESCRIPTOR.fields_by_name
    )
