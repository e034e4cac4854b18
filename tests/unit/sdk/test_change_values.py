"""Changes as values: of every kind of resource, and of kinds that are still to come."""

from datetime import UTC, datetime

import pytest

from modelregistry import (
    Alias,
    Attestation,
    Changes,
    DeniedRequest,
    Deployment,
    EnsembleStatus,
    Evaluation,
    LineageRecord,
    Model,
    Monitor,
    MonitorState,
    Namespace,
    Policy,
    RegistrationSchema,
    Route,
    StageGraph,
    Transition,
    Version,
)
from modelregistry._convert.change import changes_from_message, event_from_message
from modelregistry.v1 import lookup_service_pb2 as pb

MOMENT = datetime(2026, 5, 3, 12, tzinfo=UTC)
FRAUD = "namespaces/default/models/fraud"
VERSION = f"{FRAUD}/versions/7"
NAMES = {
    "namespace": "namespaces/default",
    "model": FRAUD,
    "version": VERSION,
    "alias": f"{FRAUD}/aliases/champion",
    "route": f"{FRAUD}/routes/checkout",
    "deployment": "namespaces/default/deployments/1",
    "ensemble_status": f"{VERSION}/ensembleStatus",
    "monitor_state": "namespaces/default/monitors/drift/states/1",
}
KINDS = {
    "namespace": Namespace,
    "model": Model,
    "version": Version,
    "alias": Alias,
    "route": Route,
    "deployment": Deployment,
    "ensemble_status": EnsembleStatus,
    "evaluation": Evaluation,
    "policy": Policy,
    "monitor": Monitor,
    "monitor_state": MonitorState,
    "attestation": Attestation,
    "lineage": LineageRecord,
    "transition": Transition,
    "registration_schema": RegistrationSchema,
    "stage_graph": StageGraph,
}


def test_every_kind_of_resource_of_the_contract_is_read() -> None:
    kinds = pb.ResourceState.DESCRIPTOR.oneofs_by_name["resource"].fields
    assert {field.name for field in kinds} == set(KINDS)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_resource_is_a_value_of_its_kind(kind: str) -> None:
    name = NAMES.get(kind, f"{VERSION}/{kind}/1")
    event = pb.ChangeEvent(name=name)
    getattr(event.after, kind).name = name
    if kind == "alias":
        event.after.alias.version = VERSION
    if kind == "deployment":
        event.after.deployment.version = VERSION
    if kind == "monitor_state":
        event.after.monitor_state.version = VERSION
    if kind == "route":
        event.after.route.arms.add(id="a", version=VERSION, weight=10_000)
        event.after.route.default_arm = "a"
    read = event_from_message(event)
    assert read.after is not None
    assert type(read.after) is KINDS[kind]
    assert read.after.name == name
    assert read.before is None


def test_a_resource_of_a_kind_still_to_come_is_none() -> None:
    unknown = pb.ResourceState.FromString(b"\xa2\x06\x00")  # field 100
    assert event_from_message(pb.ChangeEvent(name=FRAUD, after=unknown)).after is None


def test_an_event_is_read_whole() -> None:
    event = pb.ChangeEvent(revision=7, index=2, action="alias.set", name=FRAUD, actor="ann")
    event.reason = "rollback"
    event.time.FromDatetime(MOMENT)
    read = event_from_message(event)
    assert (read.revision, read.index, read.action, read.name) == (7, 2, "alias.set", FRAUD)
    assert (read.actor, read.reason, read.time) == ("ann", "rollback", MOMENT)
    for field in pb.ChangeEvent.DESCRIPTOR.fields:
        assert hasattr(read, field.name)


def test_a_refused_call_is_read_whole() -> None:
    event = pb.ChangeEvent(revision=7, index=-1, action="precondition.failed")
    event.denied_request.number, event.denied_request.omitted = 5, 3
    event.denied_request.method, event.denied_request.reason = "S/M", "GATE_REFUSED"
    event.denied_request.message, event.denied_request.request_id = "2 rules refuse it", "4f0a"
    event.denied_request.causes.extend(["auc is 0.7", "no n"])
    assert event_from_message(event).denied_request == DeniedRequest(
        number=5,
        method="S/M",
        reason="GATE_REFUSED",
        message="2 rules refuse it",
        causes=("auc is 0.7", "no n"),
        request_id="4f0a",
        omitted=3,
    )


def test_a_message_without_events_is_a_bookmark() -> None:
    assert changes_from_message(pb.WatchResponse(revision=9)) == Changes(revision=9)
    assert Changes(revision=9).is_bookmark
    event = pb.ChangeEvent(revision=9, name=FRAUD)
    changes = changes_from_message(pb.WatchResponse(revision=9, events=[event]))
    assert not changes.is_bookmark
    assert len(changes.events) == 1
