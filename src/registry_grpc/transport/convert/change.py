"""Changes as messages."""

from collections.abc import Callable, Mapping

from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Event
from registry_grpc.domain.denied_request import DeniedRequestEntry
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resources import kind_of
from registry_grpc.domain.trail import Entry
from registry_grpc.domain.version import Version
from registry_grpc.transport.convert.alias import alias_message
from registry_grpc.transport.convert.attestation import attestation_message
from registry_grpc.transport.convert.deployment import deployment_message
from registry_grpc.transport.convert.ensemble import status_message
from registry_grpc.transport.convert.evaluation import evaluation_message
from registry_grpc.transport.convert.lineage import record_message
from registry_grpc.transport.convert.model import model_message
from registry_grpc.transport.convert.monitor import monitor_message
from registry_grpc.transport.convert.monitor_state import monitor_state_message
from registry_grpc.transport.convert.namespace import namespace_message
from registry_grpc.transport.convert.policy import policy_message
from registry_grpc.transport.convert.registration_schema import schema_message
from registry_grpc.transport.convert.route import route_message
from registry_grpc.transport.convert.stage_graph import stage_graph_message
from registry_grpc.transport.convert.time import timestamp
from registry_grpc.transport.convert.transition import transition_message
from registry_grpc.transport.convert.version import version_message

_DENIED_INDEX = -1


def entry_message(entry: Entry) -> pb.ChangeEvent:
    """Return the message of a change or a denied request."""
    return _denied_message(entry) if isinstance(entry, DeniedRequestEntry) else event_message(entry)


def _denied_message(entry: DeniedRequestEntry) -> pb.ChangeEvent:
    denied = entry.request
    return pb.ChangeEvent(
        revision=entry.revision,
        index=_DENIED_INDEX,
        action=denied.action,
        name=denied.name,
        time=timestamp(denied.time),
        actor=denied.actor,
        denied_request=pb.DeniedRequest(
            number=entry.number,
            method=denied.method,
            reason=denied.reason,
            message=denied.message,
            causes=denied.causes,
            request_id=denied.request_id,
            omitted=entry.omitted,
        ),
    )


def event_message(event: Event) -> pb.ChangeEvent:
    """Return the message."""
    change = event.change
    return pb.ChangeEvent(
        revision=event.revision,
        index=event.index,
        action=change.action,
        name=change.name,
        time=timestamp(event.time),
        actor=change.actor,
        reason=change.reason,
        before=None if change.before is None else resource_message(change.before),
        after=None if change.after is None else resource_message(change.after),
        before_digest=str(event.before_digest or ""),
        after_digest=str(event.after_digest or ""),
        annotation_changes=[
            pb.AnnotationChange(
                key=one.key, before_digest=str(one.before or ""), after_digest=str(one.after or "")
            )
            for one in change.annotations
        ],
        ended_redirects=change.ended_redirects,
    )


def state_message(resource: Resource, revision: int) -> pb.ChangeEvent:
    """Return a resource as an event of the initial state of a watch."""
    return pb.ChangeEvent(
        revision=revision,
        action="state",
        name=str(resource.name),
        after=resource_message(resource),
    )


def resource_message(resource: Resource) -> pb.ResourceState:
    """Return the message; versions without detail."""
    state, kind = pb.ResourceState(), kind_of(resource)
    getattr(state, kind).CopyFrom(MESSAGES[kind](resource))
    return state


def _brief(version: Version) -> Message:
    return version_message(version, full=False)


# Of each kind of resource: what writes the field of ResourceState that has its name.
MESSAGES: Mapping[str, Callable[..., Message]] = {
    "namespace": namespace_message,
    "model": model_message,
    "version": _brief,
    "alias": alias_message,
    "route": route_message,
    "deployment": deployment_message,
    "ensemble_status": status_message,
    "evaluation": evaluation_message,
    "policy": policy_message,
    "monitor": monitor_message,
    "monitor_state": monitor_state_message,
    "registration_schema": schema_message,
    "attestation": attestation_message,
    "lineage": record_message,
    "transition": transition_message,
    "stage_graph": stage_graph_message,
}
