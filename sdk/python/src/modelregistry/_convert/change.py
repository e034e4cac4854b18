"""Changes, as a watch sends them and as they are listed."""

from modelregistry._convert import catalog, times
from modelregistry._convert.version import version_from_message
from modelregistry.types import ChangeEvent, Changes, RefusedCall
from modelregistry.types.change import Resource
from modelregistry.v1 import lookup_service_pb2 as pb


def changes_from_message(message: pb.WatchResponse) -> Changes:
    """Read one message of a watch."""
    return Changes(
        revision=message.revision,
        events=tuple(map(event_from_message, message.events)),
        initial_state_complete=message.initial_state_complete,
    )


def event_from_message(message: pb.ChangeEvent) -> ChangeEvent:
    """Read one change."""
    return ChangeEvent(
        revision=message.revision,
        index=message.index,
        action=message.action,
        name=message.name,
        time=times.of(message, "time"),
        actor=message.actor,
        reason=message.reason,
        before=_resource(message.before),
        after=_resource(message.after),
        refusal=_refused(message.refusal) if message.HasField("refusal") else None,
    )


def _refused(message: pb.RefusedCall) -> RefusedCall:
    return RefusedCall(
        number=message.number,
        method=message.method,
        reason=message.reason,
        message=message.message,
        causes=tuple(message.causes),
        request_id=message.request_id,
        omitted=message.omitted,
    )


def _resource(state: pb.ResourceState) -> Resource | None:
    match state.WhichOneof("resource"):
        case "namespace":
            return catalog.namespace_from_message(state.namespace)
        case "model":
            return catalog.model_from_message(state.model)
        case "version":
            return version_from_message(state.version)
        case "alias":
            return catalog.alias_from_message(state.alias)
        case _:
            return None
