"""A registry's lookups and change log in memory, behind a real gRPC server, with faults to order.

It keeps the contract's promises of a watch, unless a test orders it to break one off, and records
its requests.
"""

import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.rpc import error_details_pb2, status_pb2
from typing_extensions import override

from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import lookup_service_pb2_grpc as lookup_grpc
from modelregistry.v1 import version_pb2

Context = grpc.ServicerContext
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
DEFAULT = "namespaces/default"
FRAUD = f"{DEFAULT}/models/fraud"


def problem(code: grpc.StatusCode, reason: str, **metadata: object) -> status_pb2.Status:
    packed, texts = Packed(), {key: str(value) for key, value in metadata.items()}
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="modelregistry", metadata=texts))
    return status_pb2.Status(code=code.value[0], message=reason.lower(), details=[packed])


class Refused(Exception):
    """Ends a call with a status."""

    def __init__(self, code: grpc.StatusCode, reason: str, **metadata: object) -> None:
        super().__init__(reason)
        self.code = code
        self.status = problem(code, reason, **metadata)

    def end(self, context: Context) -> None:
        details = self.status.SerializeToString()
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
        context.abort(self.code, self.status.message)


@dataclass
class Faults:
    """The faults of the following calls."""

    break_after: list[int] = field(default_factory=list)
    """End the next watches with UNAVAILABLE, each after so many messages."""
    mute: bool = False
    """Say nothing in watches, not even bookmarks."""
    away: bool = False
    """Answer every call with UNAVAILABLE."""
    locked: bool = False
    """Answer every call with TOKEN_INVALID."""
    resolve_away: bool = False
    """Answer lookups, not watches, with UNAVAILABLE."""
    no_watch: bool = False
    """Implement no watches."""
    hold: threading.Event | None = None
    """Let lookups wait for this."""
    state_pieces: int = 2
    """So many events in one part of an initial state."""
    repeat: bool = False
    """Begin a resumed watch one revision too early."""


@dataclass
class FakeLog(lookup_grpc.LookupServiceServicer):
    """Aliases of models, and the log of their moves."""

    idle: float = 0.05
    """Seconds between two bookmarks."""
    faults: Faults = field(default_factory=Faults)
    revision: int = 0
    compacted: int = 0
    log: list[list[pb.ChangeEvent]] = field(default_factory=list)
    states: list[dict[str, int]] = field(default_factory=lambda: [{}])
    watches: list[pb.WatchRequest] = field(default_factory=list)
    lookups: list[pb.BatchResolveVersionsRequest] = field(default_factory=list)
    open_watches: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    ending: Refused | None = None
    epoch: int = 0

    def set_alias(self, alias: str, number: int, model: str = FRAUD) -> int:
        """Point an alias at a version; the revision of that."""
        return self.change({f"{model}/aliases/{alias}": number})

    def remove_alias(self, alias: str, model: str = FRAUD) -> int:
        """Remove an alias; the revision of that."""
        return self.change({f"{model}/aliases/{alias}": None})

    def change(self, moves: dict[str, int | None]) -> int:
        """Move aliases, by full name, in one transaction."""
        with self.changed:
            self.revision += 1
            state = dict(self.states[-1])
            events: list[pb.ChangeEvent] = []
            for name, number in moves.items():
                event = pb.ChangeEvent(
                    revision=self.revision, index=len(events), name=name, actor="ann"
                )
                event.action = "alias.set" if number else "alias.delete"
                event.time.GetCurrentTime()
                if before := state.pop(name, None):
                    _point(event.before, name, before)
                if number:
                    state[name] = number
                    _point(event.after, name, number)
                events.append(event)
            self.log.append(events)
            self.states.append(state)
            self.changed.notify_all()
            return self.revision

    def restore(self, revision: int) -> None:
        """Go back, as a database does that is restored from a backup; watches break."""
        with self.changed:
            del self.log[revision:], self.states[revision + 1 :]
            self.revision = revision
        self.end_watches(Refused(UNAVAILABLE, "DATABASE_UNAVAILABLE"))

    def end_watches(self, refusal: Refused) -> None:
        """End every watch that is open; `resume_revision` is filled in where it says 0."""
        with self.changed:
            self.ending, self.epoch = refusal, self.epoch + 1
            self.changed.notify_all()

    def wait_for_watches(self, count: int) -> None:
        """Wait until so many watches were begun."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.watches) >= count, 30), self.watches

    def wait_for_no_watch(self) -> None:
        """Wait until no watch is open."""
        with self.changed:
            assert self.changed.wait_for(lambda: not self.open_watches, 30)

    @override
    def Watch(self, request: pb.WatchRequest, context: Context) -> Iterator[pb.WatchResponse]:
        with self.changed:
            self.watches.append(request)
            self.open_watches += 1
            limit = self.faults.break_after.pop(0) if self.faults.break_after else None
            self.changed.notify_all()
        context.add_callback(self._wake)
        try:
            yield from _at_most(limit, self._messages(request, context))
        except Refused as refused:
            refused.end(context)
        finally:
            with self.changed:
                self.open_watches -= 1
                self.changed.notify_all()

    def _wake(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def _messages(self, request: pb.WatchRequest, context: Context) -> Iterator[pb.WatchResponse]:
        with self.changed:
            self._check()
            if self.faults.no_watch:
                raise Refused(grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")
            start, epoch = request.start_revision or self.revision + 1, self.epoch
            newest, state = self.revision, dict(self.states[-1])
            self._check_start(start)
        if request.initial_state:
            yield from self._state(state, request, newest)
        elif request.start_revision and self.faults.repeat:
            start = max(self.compacted + 1, start - 1)
        sent = newest if request.initial_state else start - 1
        while context.is_active():
            if not self.faults.mute:
                yield pb.WatchResponse(revision=sent)
            for events in self._news(sent, epoch, context):
                sent += 1
                if chosen := [event for event in events if _wanted(request, event.name)]:
                    yield pb.WatchResponse(revision=sent, events=chosen)

    def _check_start(self, start: int) -> None:
        newest, gone = self.revision, self.compacted
        if start > newest + 1:
            raise Refused(UNAVAILABLE, "REVISION_NOT_REACHED", revision=newest)
        if start <= gone:
            code, reason = grpc.StatusCode.OUT_OF_RANGE, "REVISION_COMPACTED"
            raise Refused(code, reason, compacted_revision=gone, revision=newest)

    def _news(self, sent: int, epoch: int, context: Context) -> list[list[pb.ChangeEvent]]:
        with self.changed:
            self.changed.wait_for(
                lambda: (
                    self.epoch > epoch
                    or not context.is_active()
                    or (self.revision > sent and not self.faults.mute)
                ),
                self.idle,
            )
            if self.epoch > epoch and self.ending is not None:
                raise _resuming(self.ending, sent + 1)
            return [] if self.faults.mute else self.log[sent:]

    def _state(
        self, state: dict[str, int], request: pb.WatchRequest, revision: int
    ) -> Iterator[pb.WatchResponse]:
        events = []
        for index, name in enumerate(sorted(state)):
            if _wanted(request, name):
                events.append(
                    pb.ChangeEvent(revision=revision, index=index, action="state", name=name)
                )
                _point(events[-1].after, name, state[name])
        step = self.faults.state_pieces
        for at in range(0, len(events), step):
            yield pb.WatchResponse(revision=revision, events=events[at : at + step])
        yield pb.WatchResponse(revision=revision, initial_state_complete=True)

    @override
    def ListChanges(
        self, request: pb.ListChangesRequest, context: Context
    ) -> pb.ListChangesResponse:
        start = int(request.page_token or request.start_revision or 1)
        if start <= self.compacted:
            Refused(grpc.StatusCode.OUT_OF_RANGE, "REVISION_COMPACTED").end(context)
        token = str(start + 1) if start < self.revision else ""
        found = [event for event in self.log[start - 1] if _wanted(request, event.name)]
        return pb.ListChangesResponse(events=found, next_page_token=token, revision=self.revision)

    @override
    def ResolveVersion(
        self, request: pb.ResolveVersionRequest, context: Context
    ) -> pb.ResolveVersionResponse:
        answer = self._answer(request.ref)
        if answer.HasField("error"):
            code = grpc.StatusCode.NOT_FOUND
            Refused(code, "ALIAS_NOT_FOUND", resource=request.ref).end(context)
        return pb.ResolveVersionResponse(version=answer.version, revision=self.revision)

    @override
    def ResolveClosure(
        self, request: pb.ResolveClosureRequest, context: Context
    ) -> pb.ResolveClosureResponse:
        found = self.ResolveVersion(pb.ResolveVersionRequest(ref=request.ref), context)
        return pb.ResolveClosureResponse(version=found.version, revision=found.revision)

    @override
    def BatchResolveVersions(
        self, request: pb.BatchResolveVersionsRequest, context: Context
    ) -> pb.BatchResolveVersionsResponse:
        with self.changed:
            self.lookups.append(request)
            self.changed.notify_all()
        if self.faults.hold is not None:
            self.faults.hold.wait(60)
        try:
            return self._resolved(request)
        except Refused as refused:
            refused.end(context)
            raise

    def _resolved(self, request: pb.BatchResolveVersionsRequest) -> pb.BatchResolveVersionsResponse:
        with self.changed:
            self._check()
            if self.faults.resolve_away:
                raise Refused(UNAVAILABLE, "DATABASE_UNAVAILABLE")
            if request.min_revision > self.revision:
                raise Refused(UNAVAILABLE, "REVISION_NOT_REACHED")
            answers = [self._answer(ref) for ref in request.refs]
            return pb.BatchResolveVersionsResponse(resolutions=answers, revision=self.revision)

    def _answer(self, ref: str) -> pb.Resolution:
        model, at, alias = ref.partition("@")
        if not at:
            status = problem(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
            return pb.Resolution(ref=ref, error=status)
        owner, _, identifier = model.rpartition("/")
        name = f"namespaces/{owner or 'default'}/models/{identifier}"
        number = self.states[-1].get(f"{name}/aliases/{alias}")
        if number is None:
            status = problem(grpc.StatusCode.NOT_FOUND, "ALIAS_NOT_FOUND", resource=ref)
            return pb.Resolution(ref=ref, error=status)
        version = version_pb2.Version(
            name=f"{name}/versions/{number}", uid=f"u{number}", number=number, aliases=[alias]
        )
        return pb.Resolution(ref=ref, version=version)

    def _check(self) -> None:
        if self.faults.away:
            raise Refused(UNAVAILABLE, "DATABASE_UNAVAILABLE")
        if self.faults.locked:
            raise Refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")


def _at_most(limit: int | None, messages: Iterator[pb.WatchResponse]) -> Iterator[pb.WatchResponse]:
    for count, message in enumerate(messages):
        if count == limit:
            raise Refused(UNAVAILABLE, "DATABASE_UNAVAILABLE")
        yield message


def _point(state: pb.ResourceState, alias: str, number: int) -> None:
    model = alias.partition("/aliases/")[0]
    state.alias.name, state.alias.version = alias, f"{model}/versions/{number}"


def _wanted(request: pb.WatchRequest | pb.ListChangesRequest, name: str) -> bool:
    if request.parent != "namespaces/-" and not name.startswith(f"{request.parent}/"):
        return False
    named = any(name.startswith(f"{model}/") or name == model for model in request.models)
    prefixed = name.startswith(tuple(request.name_prefixes))
    return named or prefixed or not (request.models or request.name_prefixes)


def _resuming(refusal: Refused, revision: int) -> Refused:
    for detail in refusal.status.details:
        info = error_details_pb2.ErrorInfo()
        detail.Unpack(info)
        if info.metadata.get("resume_revision") == "0":
            return Refused(refusal.code, info.reason, resume_revision=revision)
    return refusal


@contextmanager
def served(log: FakeLog, port: int = 0) -> Iterator[str]:
    """Serve on a port, chosen by the system unless it is given; yield the target."""
    server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
    lookup_grpc.add_LookupServiceServicer_to_server(log, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"127.0.0.1:{bound}"
    finally:
        server.stop(None).wait()
