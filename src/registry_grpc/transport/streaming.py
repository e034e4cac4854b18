"""The pipeline of streaming calls, composed once per method when the server starts.

ids → authentication → permission → first message → authorization of the resource → a slot among the
caller's streams → supervised handler → errors → metrics, log line

Replies are written here, not by gRPC: so the end of each write is known, and a cancellation always
arrives in code of this process, which releases the stream's resources.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from registry_grpc.domain.errors import CallerLimitExceeded, RegistryError
from registry_grpc.domain.limits import MIB
from registry_grpc.transport.byte_budget import ByteBudget, Reservation
from registry_grpc.transport.call import Call
from registry_grpc.transport.completion import complete, settled
from registry_grpc.transport.connection_watches import ConnectionWatches
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Guard
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import Reply
from registry_grpc.transport.report_stream import ReportMessages, ReportStream
from registry_grpc.transport.stream_admissions import Admitted, StreamAdmissions
from registry_grpc.transport.stream_writer import StreamWriter
from registry_grpc.transport.supervision import Supervision
from registry_grpc.transport.wire import take_bytes

MESSAGE_BYTES = MIB
"""The approximate maximum size of a message of `server_stream`."""
_SLOT_S = 10.0
"""Seconds that a stream waits for a slot among those of its caller."""
_REPORT_IDLE_S = 660.0
"""Longer than the longest time to live of an instance, which ends the stream before that."""


@dataclass(frozen=True, slots=True)
class _Reservations:
    """The bytes of one stream: of replies being sent, and of those that are read ahead."""

    sending: Reservation
    ahead: Reservation


StreamHandler = Callable[[Call, Message], Iterator[Reply]]
EventHandler = Callable[[Call, Message], AsyncGenerator[Reply, None]]
BulkMessage = tuple[Message, bytes]
"""A message, and the bytes of its one field of bulk data, which is not set in it."""
BidiHandler = Callable[[Call, AsyncIterator[BulkMessage]], AsyncGenerator[Message, None]]
End = Callable[[RegistryError], None]
Stream = Callable[[object, Context], Awaitable[None]]


ReportHandler = Callable[[Call, End], ReportStream]


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The limits of streams. idle: seconds without progress.

    reads, writes, watches, reports: concurrent streams of one caller. bytes: of replies being sent,
    for all callers; each of the `reads` streams of a caller can have one. A quarter as many can be
    read ahead.
    """

    idle: float
    reads: int
    writes: int
    watches: int
    reports: int = 16_000
    bytes: int = 256 * MIB


class _Slots:
    """The concurrent streams of one kind that each caller may have."""

    def __init__(self, name: str, each: int) -> None:
        self._name = name
        self._each = each
        self._open = ByteBudget(1 << 62, each)

    @property
    def taken(self) -> int:
        """The number of open streams of this kind."""
        return self._open.held

    async def take(self, held: AsyncExitStack, caller: str) -> None:
        """Take a slot until `held` ends; raises CallerLimitExceeded when none becomes free."""
        reservation = held.enter_context(self._open.reserve(caller))
        try:
            async with asyncio.timeout(_SLOT_S):
                await reservation.take(1)
        except TimeoutError:
            raise CallerLimitExceeded(self._name, self._each) from None


@dataclass(frozen=True, slots=True)
class Streams:
    """Composes handlers of streams; `pipeline` has the steps shared with unary calls."""

    pipeline: Pipeline
    limits: StreamLimits
    sending: ByteBudget = field(init=False)
    ahead: ByteBudget = field(init=False)
    _reads: _Slots = field(init=False)
    _writes: _Slots = field(init=False)
    _watches: _Slots = field(init=False)
    _reports: _Slots = field(init=False)
    _connections: ConnectionWatches = field(default_factory=ConnectionWatches, init=False)
    _admissions: StreamAdmissions = field(default_factory=StreamAdmissions, init=False)

    def __post_init__(self) -> None:
        """Create the budgets."""
        limits = self.limits
        object.__setattr__(self, "sending", ByteBudget(limits.bytes, limits.reads * MESSAGE_BYTES))
        object.__setattr__(self, "ahead", ByteBudget(limits.bytes // 4, limits.bytes // 16))
        object.__setattr__(self, "_reads", _Slots("ReadBlob streams", limits.reads))
        object.__setattr__(self, "_writes", _Slots("WriteUpload streams", limits.writes))
        object.__setattr__(self, "_watches", _Slots("watches", limits.watches))
        object.__setattr__(self, "_reports", _Slots("ReportDeployments streams", limits.reports))

    @property
    def open_count(self) -> int:
        """The number of open streams of all callers."""
        kinds = (self._reads, self._writes, self._watches, self._reports)
        return sum(slots.taken for slots in kinds)

    def server_stream(self, method: Method, handler: StreamHandler) -> Stream:
        """Return the coroutine function of a method with a stream of bytes as reply."""
        transfers = self.pipeline.pools.transfers

        async def call(_: object, context: Context) -> None:
            async with AsyncExitStack() as held, self.pipeline.guard(method, context) as guard:
                admitted, request = await self._request(guard, method, context)
                caller = admitted.principal.name
                await self._reads.take(held, caller)
                # Unread replies count until gRPC has released them, also when the stream ends
                # with an error that is sent after them.
                reservations = _Reservations(
                    held.enter_context(self.sending.reserve(caller)),
                    held.enter_context(self.ahead.reserve(caller)),
                )
                async with (
                    self._supervision(guard, method) as supervision,
                    transfers.opened(_Replies, handler, admitted, request) as replies,
                ):
                    await self._send(StreamWriter(context, supervision), replies, reservations)

        return call

    async def _send(self, writer: "StreamWriter", replies: "_Replies", held: _Reservations) -> None:
        pending: asyncio.Future[bytes | None] | None = None
        reply = await self._read_within_budget(replies, held)
        try:
            while reply is not None:
                # One reply is read while the previous one is sent, if the budget allows it.
                if held.ahead.try_take(MESSAGE_BYTES):
                    pending = asyncio.ensure_future(self._next(replies))
                await writer.write(reply)
                held.sending.give(_counted(reply))
                if pending is None:
                    reply = await self._read_within_budget(replies, held)
                    continue
                reply = await asyncio.shield(pending)
                await held.sending.take(_counted(reply))
                held.ahead.give(MESSAGE_BYTES)
                pending = None
        finally:
            if pending is not None:
                pending.cancel()
                await complete(settled(pending))
                held.ahead.give(MESSAGE_BYTES)

    async def _read_within_budget(self, replies: "_Replies", held: _Reservations) -> bytes | None:
        await held.sending.take(MESSAGE_BYTES)
        reply = await self._next(replies)
        held.sending.give(MESSAGE_BYTES - _counted(reply))
        return reply

    async def _next(self, replies: "_Replies") -> bytes | None:
        reading = asyncio.ensure_future(self.pipeline.pools.transfers.run(replies.next))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            # An iterator cannot be closed while a thread runs it.
            await complete(settled(reading))
            raise

    def event_stream(self, method: Method, handler: EventHandler) -> Stream:
        """Return the coroutine function of a method with a stream of events without end.

        The handler runs in the event loop.
        """

        async def call(_: object, context: Context) -> None:
            async with AsyncExitStack() as held, self.pipeline.guard(method, context) as guard:
                admitted, request = await self._request(guard, method, context)
                held.enter_context(self._connections.counted(guard.peer))
                await self._watches.take(held, admitted.principal.name)
                async with (
                    self._supervision(guard, method, waits=True) as supervision,
                    aclosing(handler(admitted, request)) as replies,
                ):
                    writer = StreamWriter(context, supervision)
                    async for reply in replies:
                        await writer.write(reply)

        return call

    def bidi_stream(self, method: Method, handler: BidiHandler) -> Stream:
        """Return the coroutine function of a method with streams in both directions.

        Its messages have bulk data in one field of bytes.
        """
        (bulk,) = (
            field.number
            for field in method.request.DESCRIPTOR.fields
            if field.type == FieldDescriptor.TYPE_BYTES
        )

        async def call(_: object, context: Context) -> None:
            async with AsyncExitStack() as held, self.pipeline.guard(method, context) as guard:
                admitted = await self.pipeline.in_time(self.pipeline.admit(guard, method))
                await self._writes.take(held, admitted.principal.name)
                async with (
                    self._supervision(guard, method) as supervision,
                    aclosing(
                        self._messages(method, bulk, guard, context, supervision, call=admitted)
                    ) as requests,
                    aclosing(handler(admitted, requests)) as replies,
                ):
                    writer = StreamWriter(context, supervision)
                    async for reply in replies:
                        await writer.write(reply)

        return call

    def report_stream(self, method: Method, handler: ReportHandler) -> Stream:
        """Return the coroutine function of a method with a stream of reports and heartbeats.

        Such a stream is open for as long as its caller, and there are thousands of them: so they
        count for their connection, as watches do, and waiting for a message costs nothing.
        """

        async def call(_: object, context: Context) -> None:
            async with AsyncExitStack() as held, self.pipeline.guard(method, context) as guard:
                admitted, first = await self._request(guard, method, context)
                held.enter_context(self._connections.counted(guard.peer))
                await self._reports.take(held, admitted.principal.name)
                async with self._supervision(guard, method, idle=_REPORT_IDLE_S) as supervision:
                    stream = held.enter_context(closing(handler(admitted, supervision.end)))
                    receiving = self.pipeline.receiving.patiently(method, guard)
                    messages = ReportMessages(self.pipeline, method, context, supervision)
                    with receiving as reading:
                        await messages.handle(stream, first, reading)

        return call

    async def _request(
        self, guard: Guard, method: Method, context: Context
    ) -> tuple[Call, Message]:
        return await self.pipeline.in_time(self.pipeline.request(guard, method, context))

    async def _messages(
        self,
        method: Method,
        bulk: int,
        guard: Guard,
        context: Context,
        supervision: Supervision,
        *,
        call: Call,
    ) -> AsyncGenerator[BulkMessage, None]:
        receiving = self.pipeline.receiving
        while (encoded := await receiving.next(method, guard, context)) is not None:
            supervision.progressed()
            encoded, data = take_bytes(encoded, bulk)
            request = await self.pipeline.parsed(method, encoded)
            if guard.request is None:
                guard.request = _without(bulk, request)
                self.pipeline.authorize(method, call.principal, request)
            elif any(method.access[0].texts(request)):
                self.pipeline.authorize(method, call.principal, request)
            yield request, data
            del encoded, data  # a MiB, which would stay in memory until the next message

    @asynccontextmanager
    async def _supervision(
        self, guard: Guard, method: Method, *, idle: float | None = None, waits: bool = False
    ) -> AsyncIterator[Supervision]:
        def again() -> Awaitable[Call]:
            return self.pipeline.admit(guard, method)

        def in_memory() -> bool:
            return self.pipeline.still_admitted(guard, method)

        # What an upload needs is known from its first message, which is read later.
        request = guard.request
        needs = guard if request is None else frozenset(method.demands(request))
        key = (method.name, guard.token(), needs)
        async with Supervision(idle or self.limits.idle, waits=waits) as supervision:
            with self._admissions.checked(key, Admitted(in_memory, again, supervision.end)):
                yield supervision


class _Replies:
    """An iterator of replies that runs in threads."""

    def __init__(self, handler: StreamHandler, call: Call, request: Message) -> None:
        self._replies = handler(call, request)

    def next(self) -> bytes | None:
        """Return the next reply, encoded; None at the end."""
        reply = next(self._replies, None)
        return None if reply is None else encode(reply)

    def close(self) -> None:
        """Close the iterator."""
        close = getattr(self._replies, "close", None)
        if close is not None:
            close()


def _without(field: int, request: Message) -> Message:
    """Return a copy of a message without the field of this number."""
    kept = type(request)()
    kept.CopyFrom(request)
    kept.ClearField(kept.DESCRIPTOR.fields_by_number[field].name)
    return kept


def _counted(reply: bytes | None) -> int:
    return 0 if reply is None else min(len(reply), MESSAGE_BYTES)
