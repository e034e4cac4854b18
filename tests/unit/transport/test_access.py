"""The contract declares of every method what it demands and where requests name it."""

import re
from dataclasses import replace
from typing import cast

import pytest
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from modelregistry.v1 import access_pb2, version_pb2
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.domain.principal import Permission
from registry_grpc.domain.scope import REGISTRY, Scope
from registry_grpc.transport.access import UndeclaredError, accesses_of
from registry_grpc.transport.method import Demand, Method
from registry_grpc.transport.methods import SERVICES
from tests.support.named import name_resource

METHODS = [method for service in SERVICES for method in service.methods]
OF_THE_REGISTRY = {"ListNamespaces"}
READ, WRITE = Permission.READ, Permission.WRITE
FRAUD, MAIL = Scope("risk", "fraud"), Scope("spam", "mail")


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_declared_resource_is_found_in_a_request(method: MethodDescriptor) -> None:
    declared = method.GetOptions().Extensions[access_pb2.access]
    for place, access in zip(declared, accesses_of(method), strict=True):
        assert not (place.resource and place.reference)
        assert bool(place.resource or place.reference) is (method.name not in OF_THE_REGISTRY)
        text = "risk/fraud/7" if place.reference else "namespaces/risk/models/fraud"
        request = Method.declared(method).request()
        name_resource(request, place.resource or place.reference, text)
        whole = not {"parent", "namespace_id"}.isdisjoint(re.findall(r"\w+", place.resource))
        for scope in access.scopes(request):
            assert scope == FRAUD or (whole and scope == Scope("risk"))
        if method.name not in OF_THE_REGISTRY:
            assert access.name(request).startswith("namespaces/risk")


@pytest.mark.parametrize(
    "request_message, demands",
    [
        (catalog.ListNamespacesRequest(), {(READ, REGISTRY)}),
        (catalog.GetModelRequest(), {(READ, REGISTRY)}),
        (catalog.GetModelRequest(name="no name"), {(READ, REGISTRY)}),
        (lookup.WatchRequest(parent="namespaces/-"), {(READ, REGISTRY)}),
        (lookup.WatchRequest(parent="namespaces/risk"), {(READ, Scope("risk"))}),
        (catalog.CreateNamespaceRequest(namespace_id="risk"), {(Permission.ADMIN, Scope("risk"))}),
        (catalog.CreateModelRequest(parent="namespaces/risk", model_id="fraud"), {(WRITE, FRAUD)}),
        (catalog.CreateModelRequest(parent="namespaces/risk"), {(WRITE, REGISTRY)}),
        (
            catalog.RenameModelRequest(name="namespaces/risk/models/fraud", model_id="mail"),
            {(WRITE, FRAUD), (WRITE, Scope("risk", "mail"))},
        ),
        (catalog.RenameModelRequest(name="no name", model_id="a"), {(WRITE, REGISTRY)}),
        (
            lookup.BatchResolveVersionsRequest(
                refs=["risk/fraud/1", "spam/mail@a", "risk/fraud@a"]
            ),
            {(READ, FRAUD), (READ, MAIL)},
        ),
        (lookup.BatchResolveVersionsRequest(), {(READ, REGISTRY)}),
        (
            governance.RequestTransitionRequest(
                moves=[
                    governance.RequestedMove(version="risk/fraud/1"),
                    governance.RequestedMove(version="spam/mail/1"),
                ]
            ),
            {(WRITE, FRAUD), (WRITE, MAIL)},
        ),
        (catalog.RegisterVersionRequest(parent="namespaces/risk/models/fraud"), {(WRITE, FRAUD)}),
        (
            catalog.RegisterVersionRequest(
                parent="namespaces/risk/models/fraud",
                version=version_pb2.Version(parents=["spam/mail/7", "no reference"]),
            ),
            {(WRITE, FRAUD), (READ, MAIL), (READ, REGISTRY)},
        ),
    ],
)
def test_each_resource_that_a_request_names_is_demanded(
    request_message: Message, demands: set[Demand]
) -> None:
    method = next(
        method
        for method in map(Method.declared, METHODS)
        if method.request is type(request_message)
    )
    assert method.demands(request_message) == demands


def declaring(declared: access_pb2.MethodAccess) -> MethodDescriptor:
    """A method with GetModel's request that declares this."""
    options = MethodOptions()
    options.Extensions[access_pb2.access].append(declared)

    class Declared:
        full_name = "Service.Method"
        input_type: Descriptor = catalog.UpdateModelRequest.DESCRIPTOR

        def GetOptions(self) -> MethodOptions:  # noqa: N802 - as protobuf has it
            return options

    return cast("MethodDescriptor", Declared())


@pytest.mark.parametrize(
    "path", ["parent", "model", "model.nothing", "model.name.more", "update_mask", "{model.id}"]
)
@pytest.mark.parametrize("field", ["resource", "reference"])
def test_a_path_that_leads_to_no_text_is_refused(field: str, path: str) -> None:
    declared = access_pb2.MethodAccess(permission=access_pb2.PERMISSION_READ, **{field: path})
    with pytest.raises(UndeclaredError, match="has no text at"):
        accesses_of(declaring(declared))


def test_a_resource_without_a_permission_is_refused() -> None:
    with pytest.raises(UndeclaredError, match="declares no permission"):
        accesses_of(declaring(access_pb2.MethodAccess(resource="model.name")))


def test_the_first_access_is_asked_for_before_the_message_is_read() -> None:
    (method,) = (m for m in map(Method.declared, METHODS) if m.name.endswith("/RegisterVersion"))
    assert method.permission is WRITE
    assert replace(method, access=method.access[1:]).permission is READ
