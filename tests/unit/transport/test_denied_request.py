"""The entry of a denied request in the audit trail."""

import pytest
from google.api import field_behavior_pb2
from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import model_pb2, namespace_pb2, version_pb2
from registry_grpc.domain import errors
from registry_grpc.domain.denied_request import belongs_in_the_trail
from registry_grpc.transport.denied_request import named_by
from registry_grpc.transport.method import Method
from registry_grpc.transport.methods import SERVICES

FRAUD = "namespaces/default/models/fraud"
UPLOAD = "namespaces/default/uploads/8b9c"
NEEDED = {field_behavior_pb2.REQUIRED, field_behavior_pb2.IDENTIFIER}
METHODS = [Method.declared(method) for service in SERVICES for method in service.methods]
CHANGING = {method.name for method in METHODS if method.changes}
STREAMED = {  # their first messages say what
    "modelregistry.v1.ArtifactService/WriteUpload",
    "modelregistry.v1.DeploymentService/ReportDeployments",
}
BY_REQUEST = {method.request: method for method in METHODS}


@pytest.mark.parametrize(
    "request_message, name",
    [
        (catalog.CreateNamespaceRequest(namespace_id="risk"), "namespaces/risk"),
        (
            catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name="namespaces/a")),
            "namespaces/a",
        ),
        (catalog.CreateModelRequest(parent="namespaces/default", model_id="fraud"), FRAUD),
        (catalog.UpdateModelRequest(model=model_pb2.Model(name=FRAUD)), FRAUD),
        (catalog.RegisterVersionRequest(parent=FRAUD, version=version_pb2.Version()), FRAUD),
        (
            catalog.SetAliasRequest(name=f"{FRAUD}/aliases/a", version="fraud/7"),
            f"{FRAUD}/aliases/a",
        ),
        (catalog.SetStageRequest(name="fraud/7", stage="production"), f"{FRAUD}/versions/7"),
        (
            catalog.DeleteVersionRequest(name="risk/fraud@champion"),
            "namespaces/risk/models/fraud/aliases/champion",
        ),
        (catalog.SetStageRequest(name="fraud@latest"), FRAUD),
        (lookup.BatchResolveVersionsRequest(refs=["fraud/7", "fraud/8"]), f"{FRAUD}/versions/7"),
        (artifact.BeginUploadRequest(parent="namespaces/default"), "namespaces/default"),
        (artifact.AbortUploadRequest(name=UPLOAD), UPLOAD),
        (artifact.WriteUploadRequest(name=UPLOAD), UPLOAD),
        (
            governance.RequestTransitionRequest(
                moves=[governance.RequestedMove(version="fraud/7")]
            ),
            f"{FRAUD}/versions/7",
        ),
        (
            governance.RollbackRequest(
                targets=[governance.RollbackTarget(target="fraud@production", version="fraud/7")]
            ),
            f"{FRAUD}/aliases/production",
        ),
        (catalog.SetStageRequest(name="no name at all"), "no name at all"),
        (catalog.SetStageRequest(name="a\0b"), "a\ufffdb"),
        (catalog.SetStageRequest(name="x" * 9_999), "x" * 512),
        (catalog.ListNamespacesRequest(), ""),
    ],
)
def test_a_request_names_a_resource(request_message: Message, name: str) -> None:
    assert named_by(BY_REQUEST[type(request_message)], request_message) == name


@pytest.mark.parametrize(
    "method",
    [method for method in METHODS if method.changes and method.name not in STREAMED],
    ids=lambda method: method.name,
)
def test_every_call_that_changes_something_names_what(method: Method) -> None:
    assert named_by(method, filled(method)).startswith("namespaces/")


def filled(method: Method) -> Message:
    """The least that a request of a method can say: what is required, named after a model."""
    made = method.request()
    fill(made)
    return made


def fill(message: Message) -> None:
    for field in message.DESCRIPTOR.fields:
        if not NEEDED & set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior]):
            continue
        value = getattr(message, field.name)
        if field.type == field.TYPE_MESSAGE:
            fill(value.add() if field.is_repeated else value)
        elif field.type == field.TYPE_STRING:
            setattr(message, field.name, "fraud" if field.name.endswith("_id") else FRAUD)


def test_methods_that_change_something_are_known_from_the_contract() -> None:
    assert "modelregistry.v1.CatalogService/SetStage" in CHANGING
    assert "modelregistry.v1.ArtifactService/CommitUpload" in CHANGING
    assert "modelregistry.v1.CatalogService/GetModel" not in CHANGING
    assert not [name for name in CHANGING if "/List" in name or "LookupService" in name]


def test_denied_calls_belong_in_the_trail_and_others_when_a_rule_refused_a_change() -> None:
    denied = errors.PermissionDenied("eve", "reader", "write")
    by_rule = errors.AliasProtected("a", "v", "none", ["production"])
    missing = errors.BlobsMissing("m", ["sha256:00"])
    unknown = errors.TokenInvalid()
    absent = errors.ModelNotFound("m")
    for changing in (True, False):
        assert belongs_in_the_trail(denied, changing=changing)
        assert belongs_in_the_trail(by_rule, changing=changing) is changing
        for error in (missing, unknown, absent):
            assert not belongs_in_the_trail(error, changing=changing)
