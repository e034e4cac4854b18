"""The changes that a watch or a list requested. A reply with any other event is malformed."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp
from typing_extensions import override

from modelregistry._convert import checked
from modelregistry.v1 import lookup_service_pb2 as pb

_EVERYWHERE: Final = "namespaces/-"
_MODEL_PARTS: Final = 4
_RENAME: Final = "model.rename"
_NOT_REQUESTED: Final = "not requested"
Request: TypeAlias = pb.WatchRequest | pb.ListChangesRequest


class RequestedChanges:
    """The selection of a request by parent, models and name prefixes.

    The registry selects by the same rule: a model stands for its versions and aliases, for the
    transitions that move its versions, and for the states of monitors of them; a former name for
    the change that ends it.
    """

    def __init__(self, request: Request) -> None:
        self._parent = "" if request.parent == _EVERYWHERE else request.parent
        self._models = frozenset(request.models)
        self._prefixes = tuple(request.name_prefixes)

    def check(self, events: Iterable[pb.ChangeEvent]) -> None:
        """Raise MalformedReply for an event that was not requested, or that mixes two resources."""
        for event in events:
            if not self._has(event):
                raise checked.malformed("events.name", event.name, _NOT_REQUESTED)
            former = former_name(event)
            for state in (event.before, event.after):
                kind = state.WhichOneof("resource")
                if kind is not None and not (former and state is event.before):
                    checked.same(getattr(state, kind).name, event.name, f"events.{kind}.name")

    def _has(self, event: pb.ChangeEvent) -> bool:
        name = event.name
        if self._parent and name != self._parent and not name.startswith(f"{self._parent}/"):
            return False
        if not self._models and not self._prefixes:
            return True
        if name.startswith(self._prefixes) or _model_of(name) in self._models:
            return True
        return not self._models.isdisjoint(_moved(event))


class RequestedList(RequestedChanges):
    """The selection of a list: also by actor, action, revision and time."""

    def __init__(self, request: pb.ListChangesRequest) -> None:
        super().__init__(request)
        self._request = request

    @override
    def check(self, events: Iterable[pb.ChangeEvent]) -> None:
        """Raise MalformedReply for an event that does not match every condition of the request."""
        for event in events:
            super().check([event])
            self._check_conditions(event)

    def _check_conditions(self, event: pb.ChangeEvent) -> None:
        asked = self._request
        if asked.actor:
            checked.same(event.actor, asked.actor, "events.actor")
        if asked.action.endswith("."):
            checked.begins(event.action, asked.action, "events.action")
        elif asked.action:
            checked.same(event.action, asked.action, "events.action")
        if event.HasField("denied_request"):
            if not asked.audit:
                number = event.denied_request.number
                raise checked.malformed("events.denied_request", number, _NOT_REQUESTED)
        elif asked.denied_only:
            raise checked.malformed("events.action", event.action, _NOT_REQUESTED)
        else:
            checked.at_least(event.revision, asked.start_revision, "events.revision")
        moment = _micros(event.time)
        late = asked.HasField("end_time") and moment >= _micros(asked.end_time)
        if late or (asked.HasField("start_time") and moment < _micros(asked.start_time)):
            raise checked.malformed("events.time", event.time.seconds, _NOT_REQUESTED)


def _model_of(name: str) -> str:
    return "/".join(name.split("/", _MODEL_PARTS)[:_MODEL_PARTS])


def _micros(moment: Timestamp) -> int:
    # The times that a registry stores and a datetime can represent.
    return moment.seconds * 1_000_000 + moment.nanos // 1_000


def former_name(event: pb.ChangeEvent) -> str:
    """Return the name that a model had before the rename that an event records, '' for others."""
    if event.action != _RENAME:
        return ""
    return checked.model_name(event.before.model.name, "events.before.model.name")


def ended_redirects(event: pb.ChangeEvent) -> tuple[str, ...]:
    """Return the former names of another model that end with the change that an event records."""
    return tuple(
        checked.model_name(each, "events.ended_redirects") for each in event.ended_redirects
    )


def _moved(event: pb.ChangeEvent) -> Iterator[str]:
    if former := former_name(event):
        yield former
    yield from ended_redirects(event)
    for state in (event.before, event.after):
        for move in state.transition.moves:
            yield _model_of(move.version)
        if state.monitor_state.version:
            yield _model_of(state.monitor_state.version)
