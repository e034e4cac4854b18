"""Handlers of watches."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.history import Position
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.watch import Wanted, wanted_from
from registry_grpc.services.watch import Watches
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.change import state_message
from registry_grpc.transport.history import stamped
from registry_grpc.transport.published_changes import bookmark, transactions
from registry_grpc.transport.snapshot import Snapshot
from registry_grpc.transport.subscription import Subscription
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.watch_broadcaster import WatchBroadcaster

_IDLE_S = 10.0
_HISTORY_POLL_S = 0.05
_MESSAGE_BYTES = 1_024 * 1_024


class WatchHandlers:
    """The Watch method of LookupService."""

    def __init__(
        self,
        watches: Watches,
        broadcaster: WatchBroadcaster,
        threads: Threads,
        age: Callable[[], float],
        *,
        snapshots: int,
    ) -> None:
        """age: seconds since the broadcaster was at the newest revision, 0 while it is.

        snapshots: maximum number of concurrent snapshots of the database for watches.
        """
        self._watches = watches
        self._broadcaster = broadcaster
        self._threads = threads
        self._age = age
        self._snapshots = asyncio.Semaphore(snapshots)

    async def Watch(
        self, call: Call, request: pb.WatchRequest
    ) -> AsyncGenerator[Message | bytes, None]:
        wanted = _wanted(request)
        if request.initial_state:
            after = Position()
            async with aclosing(self._state(wanted)) as state:
                async for part in state:
                    after = Position(part.history_id, part.revision)
                    yield part
            yield pb.WatchResponse(
                revision=after.revision, history_id=after.history, initial_state_complete=True
            )
        else:
            start = Position(request.history_id, request.start_revision)
            after = await self._threads.run(self._watches.begin, wanted, start)
            yield bookmark(after)
        while (subscription := self._broadcaster.subscribe(wanted, after)) is None:
            portion = await self._threads.run(self._watches.since, wanted, after)
            for transaction in transactions(portion.events, after.history):
                if message := transaction.message(wanted):
                    yield message
            if portion.revision == after.revision:
                # The log has another history, which this process has not read yet.
                await asyncio.sleep(_HISTORY_POLL_S)
            after = replace(after, revision=portion.revision)
        try:
            while True:
                yield await self._next(subscription)
        finally:
            self._broadcaster.unsubscribe(subscription)

    async def _next(self, subscription: Subscription) -> bytes:
        while True:
            message = await subscription.next(_IDLE_S)
            if message is not None:
                return message
            # A bookmark states that there was no change: not while that is unknown.
            if not self._age():
                revision = max(self._broadcaster.applied, subscription.sent)
                return bookmark(Position(self._broadcaster.history, revision))

    async def _state(self, wanted: Wanted) -> AsyncGenerator[pb.WatchResponse, None]:
        snapshot = Snapshot(self._watches.state(wanted), self._threads, self._snapshots)
        async with snapshot:
            async for portion in snapshot:
                for message in _messages(*portion):
                    with snapshot.unread():
                        yield message


def _messages(position: Position, resources: Sequence[Resource]) -> Iterator[pb.WatchResponse]:
    """Yield a part of the state in messages of about _MESSAGE_BYTES; at least one."""
    revision, history = position.revision, position.history
    message = pb.WatchResponse(revision=revision, history_id=history)
    size = 0
    for resource in resources:
        event = stamped(state_message(resource, revision), history)
        if size > _MESSAGE_BYTES:
            yield message
            message, size = pb.WatchResponse(revision=revision, history_id=history), 0
        message.events.append(event)
        size += event.ByteSize()
    yield message


def _wanted(request: pb.WatchRequest) -> Wanted:
    found = Violations()
    wanted = wanted_from(found, request.parent, request.models, request.name_prefixes)
    start = request.start_revision
    found.check("start_revision", start >= 0, "may not be negative")
    found.check(
        "start_revision", not (start and request.initial_state), "cannot go with initial_state"
    )
    found.raise_if_any()
    return wanted
