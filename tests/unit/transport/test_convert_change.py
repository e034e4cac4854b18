"""Events become messages: of every kind of resource, and of what was not there."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.alias import Alias
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.lineage import EdgeRole
from registry_grpc.domain.lineage_record import LineageRecord, StatedEdge
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import LineageName, ModelName, NamespaceName, RegistrationSchemaName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.domain.registration_schema import RegistrationSchema, SchemaDraft
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resources import RESOURCES
from registry_grpc.domain.version import Version
from registry_grpc.transport.convert.alias import alias_message
from registry_grpc.transport.convert.change import MESSAGES, event_message, resource_message
from registry_grpc.transport.convert.lineage import record_message
from registry_grpc.transport.convert.model import model_message
from registry_grpc.transport.convert.namespace import namespace_message
from registry_grpc.transport.convert.registration_schema import schema_message
from registry_grpc.transport.convert.version import version_message

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
FRAUD = ModelName("risk", "fraud")
NAMESPACE = Namespace(NamespaceName("risk"), "", "ann", NOW, 1)
MODEL = Model(FRAUD, UUID(int=7), ModelDraft("text", {"a": "b"}, "ann"), "ci", NOW, NOW, 9)
VERSION = Version(
    name=FRAUD.version(7),
    uid=UUID(int=8),
    root_digest=Digest("ab" * 32),
    size=7,
    file_count=1,
    creator="ci",
    create_time=NOW,
    update_time=NOW,
    revision=9,
    detail=VersionDetail(params={"lr": "0.1"}),
    aliases=("champion",),
)
RECORD = LineageRecord(
    name=LineageName("risk", "records", UUID(int=9)),
    edges=(StatedEdge(str(VERSION.name), EdgeRole.DERIVED_FROM, str(FRAUD.version(6))),),
    recorder="ci",
    create_time=NOW,
    revision=9,
)
SCHEMA = RegistrationSchema(
    RegistrationSchemaName("risk"), 3, SchemaDraft('{"required": ["tags"]}'), "ann", NOW, 9
)
ALIAS = Alias(FRAUD.alias("champion"), VERSION.name, NOW, "ci", 9)


def test_an_event_says_who_did_what_when_and_why() -> None:
    change = Change("alias.set", str(ALIAS.name), "ann", None, ALIAS, "it is better")
    message = event_message(Event(9, 3, NOW, change))
    assert (message.revision, message.index) == (9, 3)
    assert (message.action, message.name) == ("alias.set", str(ALIAS.name))
    assert (message.actor, message.reason) == ("ann", "it is better")
    assert message.time.ToDatetime(tzinfo=UTC) == NOW
    assert not message.HasField("before")
    assert message.after == resource_message(ALIAS)


def test_what_no_longer_exists_has_no_state_after() -> None:
    change = Change("alias.delete", str(ALIAS.name), "ann", ALIAS, None)
    message = event_message(Event(9, 0, NOW, change))
    assert message.before == resource_message(ALIAS)
    assert not message.HasField("after")


@pytest.mark.parametrize(
    "resource,expected",
    [
        (NAMESPACE, pb.ResourceState(namespace=namespace_message(NAMESPACE))),
        (MODEL, pb.ResourceState(model=model_message(MODEL))),
        (VERSION, pb.ResourceState(version=version_message(VERSION, full=False))),
        (ALIAS, pb.ResourceState(alias=alias_message(ALIAS))),
        (RECORD, pb.ResourceState(lineage=record_message(RECORD))),
        (SCHEMA, pb.ResourceState(registration_schema=schema_message(SCHEMA))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_resource_has_its_place(
    resource: Resource, expected: pb.ResourceState
) -> None:
    assert resource_message(resource) == expected


def test_every_kind_has_a_field_of_the_contract_and_a_row_that_writes_it() -> None:
    fields = pb.ResourceState.DESCRIPTOR.oneofs_by_name["resource"].fields
    assert {field.name for field in fields} == {row.kind for row in RESOURCES}, "lookup_service"
    assert set(MESSAGES) == {row.kind for row in RESOURCES}, "transport/convert/change.py"


def test_versions_are_shown_without_detail() -> None:
    assert not resource_message(VERSION).version.params
