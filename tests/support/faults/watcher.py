"""A watcher that is disconnected at random, resumes at its position, and checks each message."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import grpc
from grpc_status import rpc_status

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.transition import Transition
from tests.support.faults.crew import Crew, own_connection
from tests.support.stubs import refusal

_RESUMED = {"SERVER_DRAINING", "WATCH_TOO_SLOW"}
Index = tuple[int, int]


def wanted_by(request: pb.WatchRequest) -> Callable[[Change], bool]:
    """Return the contract's selection of changes as the simplest possible function."""
    parent = "" if request.parent == "namespaces/-" else request.parent

    def wanted(change: Change) -> bool:
        name, reported = change.name, change.after
        moves = reported.moves if isinstance(reported, Transition) else ()
        moved = {f"{move.version}".rpartition("/versions/")[0] for move in moves}
        if parent and name != parent and not name.startswith(f"{parent}/"):
            return False
        if not request.models and not request.name_prefixes:
            return True
        ours = any(name == model or name.startswith(f"{model}/") for model in request.models)
        return (
            ours
            or not moved.isdisjoint(request.models)
            or any(name.startswith(prefix) for prefix in request.name_prefixes)
        )

    return wanted


@dataclass
class Watcher:
    """Watches until `over`. seen: the indexes of all events. begun: the revision before the first.

    cuts: how often it went by itself. resumed: how often it was sent away with where to go on.
    upto: everything up to this was sent. most: messages after which it goes, at random.
    """

    crew: Crew
    request: pb.WatchRequest
    random: Random
    most: int = 60
    begun: int = -1
    upto: int = -1
    seen: list[Index] = field(default_factory=list)
    cuts: int = 0
    resumed: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    _call: grpc.Call | None = None

    def run(self) -> None:
        """Watch."""
        while not self.over.is_set():
            target = self.random.choice(self.crew.servers).target
            try:
                with own_connection(target) as stubs:
                    self._watch(stubs.Watch(self._next_request()))
            except grpc.RpcError as error:
                self._cut(error)

    def stop(self) -> None:
        """End it, also while it waits."""
        self.over.set()
        if self._call is not None:
            self._call.cancel()

    def due(self, log: Sequence[Event]) -> list[Index]:
        """Return what it must have seen: all that it asked for behind its beginning."""
        wanted = wanted_by(self.request)
        return [
            (event.revision, event.index)
            for event in log
            if event.revision > self.begun and wanted(event.change)
        ]

    def _next_request(self) -> pb.WatchRequest:
        request = pb.WatchRequest()
        request.CopyFrom(self.request)
        if self.upto >= 0:
            request.start_revision = self.upto + 1
        return request

    def _watch(self, call: Any) -> None:  # noqa: ANN401 - a call and an iterator of messages
        self._call = call
        if self.over.is_set():
            call.cancel()
        left = self.random.randint(1, self.most)
        first = True
        for message in call:
            if first:
                self._begin(message)
            else:
                self._take(message)
            first, left = False, left - 1
            if self.over.is_set() or not left:
                call.cancel()
                self.cuts += 1
                return

    def _begin(self, message: pb.WatchResponse) -> None:
        assert not message.events, "the first message is a bookmark"
        if self.upto < 0:
            start = self.request.start_revision
            assert not start or message.revision == start - 1
            self.begun = self.upto = message.revision
        assert message.revision == self.upto

    def _take(self, message: pb.WatchResponse) -> None:
        if not message.events:
            assert message.revision >= self.upto
        else:
            assert message.revision > self.upto
            assert {event.revision for event in message.events} == {message.revision}
            self.seen += [(event.revision, event.index) for event in message.events]
        self.upto = message.revision

    def _cut(self, error: grpc.RpcError) -> None:
        if error.code() is grpc.StatusCode.CANCELLED and self.over.is_set():
            return
        if (
            rpc_status.from_call(cast("grpc.Call", error)) is None
        ):  # the server did not say it: it is not there
            assert error.code() is grpc.StatusCode.UNAVAILABLE, error
            return
        reported = refusal(error)
        assert reported.reason in _RESUMED, reported
        resume = int(reported.metadata["resume_revision"])
        assert resume > self.upto
        self.upto = resume - 1
        self.resumed += 1
