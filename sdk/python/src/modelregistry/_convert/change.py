"""Change events, of a watch and of lists."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from modelregistry import names
from modelregistry._convert import catalog, checked, times
from modelregistry._convert.deployment import deployment_from_message
from modelregistry._convert.ensemble import status_from_message
from modelregistry._convert.evaluation import attestation_from_message, evaluation_from_message
from modelregistry._convert.lineage import record_from_message
from modelregistry._convert.monitor import monitor_from_message
from modelregistry._convert.monitor_state import state_from_message
from modelregistry._convert.policy import policy_from_message
from modelregistry._convert.registration_schema import schema_from_message
from modelregistry._convert.requested import RequestedChanges, ended_redirects, former_name
from modelregistry._convert.route import route_from_message
from modelregistry._convert.stage_graph import stage_graph_from_message
from modelregistry._convert.transition import transition_from_message
from modelregistry._convert.version import version_from_message
from modelregistry.errors import HistoryChanged
from modelregistry.types import AnnotationChange, ChangeEvent, Changes, DeniedRequest
from modelregistry.types.change import Resource
from modelregistry.v1 import lookup_service_pb2 as pb

MAX_STATE_BYTES: Final = 256 * 1024 * 1024
"""The maximum size of an initial state, which is kept in memory until it is complete."""
_STATE: Final = "state"
_REVISION: Final = re.compile(r"[0-9]{1,18}")


def changes_from_message(message: pb.WatchResponse) -> Changes:
    """Read one message of a watch; its events have its revision, or an earlier one in a state."""
    history = checked.history(message.history_id)
    events = tuple(event_from_message(event, history) for event in message.events)
    newest = checked.revision(message.revision)
    for event in events:
        if event.revision > newest:
            problem = f"later than its message, which has {newest}"
            raise checked.malformed("events.revision", event.revision, problem)
    return Changes(
        revision=newest,
        history_id=history,
        events=events,
        initial_state_complete=message.initial_state_complete,
    )


class WatchOrder:
    """Checks the order and size of the messages of one watch connection.

    Revisions never decrease. All parts of an initial state have one revision, and at most
    MAX_STATE_BYTES together.
    """

    def __init__(self, asked: RequestedChanges) -> None:
        self._asked = asked
        self._newest = 0
        self._state: int | None = None
        self._held = 0

    def check(self, message: pb.WatchResponse) -> Changes:
        """Read a message; raise MalformedReply when it cannot follow the previous ones.

        An event that was not requested is malformed too.
        """
        self._asked.check(message.events)
        changes = changes_from_message(message)
        if changes.revision < self._newest:
            problem = f"it follows {self._newest}"
            raise checked.malformed("revision", changes.revision, problem)
        self._newest = changes.revision
        if changes.initial_state_complete:
            self._state, self._held = None, 0
        elif any(event.action == _STATE for event in changes.events):
            self._check_state(changes, message.ByteSize())
        return changes

    def _check_state(self, changes: Changes, size: int) -> None:
        if self._state not in {None, changes.revision}:
            problem = f"its state began as of {self._state}"
            raise checked.malformed("revision", changes.revision, problem)
        self._state, self._held = changes.revision, self._held + size
        if self._held > MAX_STATE_BYTES:
            problem = f"its initial state has more than {MAX_STATE_BYTES} bytes"
            raise checked.malformed("events", self._held, problem)


def progress_from_message(
    message: pb.WatchResponse, asked: RequestedChanges
) -> tuple[int, set[str], str]:
    """Read the revision of a watch message, the models that changed, and the history id."""
    asked.check(message.events)
    changed = {names.model_of(checked.resource_name(event.name)) for event in message.events}
    for event in message.events:
        changed.update(filter(None, (former_name(event), *ended_redirects(event))))
    return checked.revision(message.revision), changed, checked.history(message.history_id)


def restart_from_error(error: HistoryChanged) -> Changes:
    """Return the message of a watch for a restored registry: the present position of its log."""
    text, history = error.metadata.get("revision", ""), error.metadata.get("history_id", "")
    number = int(text) if _REVISION.fullmatch(text) else 0
    return Changes(
        revision=checked.revision(number), history_id=checked.history(history), restarted=True
    )


def event_from_message(message: pb.ChangeEvent, history: str = "") -> ChangeEvent:
    """Read one change; `history` is the history id of its revision."""
    denied = message.HasField("denied_request")
    return ChangeEvent(
        revision=checked.revision(message.revision),
        history_id=history,
        # Only denied requests have -1.
        index=message.index if denied else checked.count(message.index, "index"),
        action=message.action,
        # A denied request is recorded under the name that it had, as it was written.
        name=message.name if denied else checked.resource_name(message.name),
        time=times.of(message, "time"),
        actor=message.actor,
        reason=message.reason,
        before=_resource(message.before),
        after=_resource(message.after),
        before_digest=checked.digest_or_none(message.before_digest, "before_digest"),
        after_digest=checked.digest_or_none(message.after_digest, "after_digest"),
        annotation_changes=tuple(map(_annotation_change, message.annotation_changes)),
        ended_redirects=ended_redirects(message),
        denied_request=_denied(message.denied_request) if denied else None,
    )


def _annotation_change(message: pb.AnnotationChange) -> AnnotationChange:
    return AnnotationChange(
        key=message.key,
        before_digest=checked.digest_or_none(message.before_digest, "before_digest"),
        after_digest=checked.digest_or_none(message.after_digest, "after_digest"),
    )


def _denied(message: pb.DeniedRequest) -> DeniedRequest:
    return DeniedRequest(
        number=checked.count(message.number, "number"),
        method=message.method,
        reason=message.reason,
        message=message.message,
        causes=tuple(message.causes),
        request_id=message.request_id,
        omitted=checked.count(message.omitted, "omitted"),
    )


def _resource(state: pb.ResourceState) -> Resource | None:
    kind = state.WhichOneof("resource")
    return None if kind is None else _READERS[kind](getattr(state, kind))


_READERS: Mapping[str, Callable[[Any], Resource]] = {
    "namespace": catalog.namespace_from_message,
    "model": catalog.model_from_message,
    "version": version_from_message,
    "alias": catalog.alias_from_message,
    "route": route_from_message,
    "deployment": deployment_from_message,
    "ensemble_status": status_from_message,
    "evaluation": evaluation_from_message,
    "policy": policy_from_message,
    "monitor": monitor_from_message,
    "monitor_state": state_from_message,
    "attestation": attestation_from_message,
    "lineage": record_from_message,
    "transition": transition_from_message,
    "registration_schema": schema_from_message,
    "stage_graph": stage_graph_from_message,
}
