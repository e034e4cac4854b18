"""What every stream passes through, composed once per method when the server starts.

ids → who calls → may they → their message → may they do that there → a place among the caller's
streams → the handler, supervised → errors → metrics, log line

Replies are written here, not handed to gRPC: so this knows when one was taken, and whatever the
caller does, cancellation is met in a frame of this process, which gives back what the stream holds.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from registry_grpc.domain.errors import CallerLimitExceeded
from registry_grpc.domain.limits import MIB
from registry_grpc.transport.budget import Budget, Share
from registry_grpc.transport.call import Call
from registry_grpc.transport.completion import complete, settled
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Guard
from registry_grpc.transport.memory import Reply
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.supervision import Supervision
from registry_grpc.transport.wire import take_bytes

MESSAGE_BYTES = MIB
"""About the most that a message of `server_stream` has."""
_PLACE_S = 10.0
"""How long a stream waits for a place among those of its caller."""


@dataclass(frozen=True, slots=True)
class _Shares:
    """What one stream holds: of replies being sent, and of those that are fetched ahead."""

    sending: Share
    ahead: Share


StreamHandler = Callable[[Call, Message], Iterator[Reply]]
FeedHandler = Callable[[Call, Message], AsyncGenerator[Reply, None]]
BulkMessage = tuple[Message, bytes]
"""A message, and the bytes of its one field of bulk data, which is not set in it."""
BidiHandler = Callable[[Call, AsyncIterator[BulkMessage]], AsyncGenerator[Message, None]]
Stream = Callable[[object, Context], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What streams may hold. idle: seconds without progress.

    reads, writes, watches: streams of one caller at once. bytes: of replies being sent, to all
    callers; each of the `reads` streams of a caller can have one. A quarter as many may be fetched
    ahead.
    """

    idle: float
    reads: int
    writes: int
    watches: int
    bytes: int = 256 * MIB


class _Places:
    """The streams of one kind that each caller may have at once."""

    def __init__(self, name: str, each: int) -> None:
        self._name = name
        self._each = each
        self._open = Budget(1 << 62, each)

    @property
    def taken(self) -> int:
        """How many streams of this kind are open."""
        return self._open.held

    async def take(self, held: AsyncExitStack, caller: str) -> None:
        """Take a place until `held` ends; raises CallerLimitExceeded when none comes free."""
        share = held.enter_context(self._open.share(caller))
        try:
            async with asyncio.timeout(_PLACE_S):
                await share.take(1)
        except TimeoutError:
            raise CallerLimitExceeded(self._name, self._each) from None


@dataclass(frozen=True, slots=True)
class Streams:
    """The compositions of streams; pipeline: what they share with unary calls."""

    pipeline: Pipeline
    limits: StreamLimits
    sending: Budget = field(init=False)
    ahead: Budget = field(init=False)
    _reads: _Places = field(init=False)
    _writes: _Places = field(init=False)
    _watches: _Places = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is held at first."""
        limits = self.limits
        object.__setattr__(self, "sending", Budget(limits.bytes, limits.reads * MESSAGE_BYTES))
        object.__setattr__(self, "ahead", Budget(limits.bytes // 4, limits.bytes // 16))
        object.__setattr__(self, "_reads", _Places("ReadBlob streams", limits.reads))
        object.__setattr__(self, "_writes", _Places("WriteUpload streams", limits.writes))
        object.__setattr__(self, "_watches", _Places("watches", limits.watches))

    @property
    def places_taken(self) -> int:
        """How many streams are open, of all callers."""
        return sum(places.taken for places in (self._reads, self._writes, self._watches))

    def server_stream(self, method: Method, handler: StreamHandler) -> Stream:
        """Return the coroutine function for a method that answers with a stream of bytes."""
        transfers = self.pipeline.pools.transfers

        async def call(_: object, context: Context) -> None:
            async with AsyncExitStack() as held, self.pipeline.guard(method, context) as guard:
                admitted, request = await self._request(guard, method, context)
                caller = admitted.principal.name
                await self._reads.take(held, caller)
                # What the caller has not taken counts until gRPC has let go of it, also when the
                # stream ends with an error that waits behind it.
                shares = _Shares(
                    held.enter_context(self.sending.share(caller)),
                    held.enter_context(self.ahead.share(caller)),
                )
                async with (
                    self._supervision(guard, method) as supervision,
                    transfers.opened(_Replies, handler, admitted, request) as replies,
                ):
                    await self._send(_Writer(context, supervision), replies, shares)

        return call

    async def _send(self, writer: "_Writer", replies: "_Replies", held: _Shares) -> None:
        coming: asyncio.Future[bytes | None] | None = None
        reply = await self._fetched(replies, held)
        try:
            while reply is not None:
                # One reply is fetched while the one before is being sent, if there is room for it.
                if held.ahead.try_take(MESSAGE_BYTES):
                    coming = asyncio.ensure_future(self._next(replies))
                await writer.write(reply)
                held.sending.give(_counted(reply))
                if coming is None:
                    reply = await self._fetched(replies, held)
                    continue
                reply = await asyncio.shield(coming)
                await held.sending.take(_counted(reply))
                held.ahead.give(MESSAGE_BYTES)
                coming = None
        finally:
            if coming is not None:
                coming.cancel()
                await complete(settled(coming))
                held.ahead.give(MESSAGE_BYTES)

    async def _fetched(self, replies: "_Replies", held: _Shares) -> bytes | None:
        await held.sending.take(MESSAGE_BYTES)
        reply = await self._next(replies)
        held.sending.give(MESSAGE_BYTES - _counted(reply))
        return reply

    async def _next(self, replies: "_Replies") -> bytes | None:
        fetching = asyncio.ensure_future(self.pipeline.pools.transfers.run(replies.next))
        try:
            return await asyncio.shield(fetching)
        except asyncio.CancelledError:
            # A thread may be inside the iterator, which cannot be closed under it.
            await complete(settled(fetching))
            raise

    def feed(self, method: Method, handler: FeedHandler) -> Stream:
        """Return the coroutine function for a method that answers for as long as it is heard.

        Its handler runs in the event loop.
        """

        async def call(_: object, context: Context) -> None:
            async with AsyncExitStack() as held, self.pipeline.guard(method, context) as guard:
                admitted, request = await self._request(guard, method, context)
                await self._watches.take(held, admitted.principal.name)
                async with (
                    self._supervision(guard, method, waits=True) as supervision,
                    aclosing(handler(admitted, request)) as replies,
                ):
                    writer = _Writer(context, supervision)
                    async for reply in replies:
                        await writer.write(reply)

        return call

    def bidi_stream(self, method: Method, handler: BidiHandler) -> Stream:
        """Return the coroutine function for a method with streams both ways.

        Its messages have bulk data, in one field of bytes.
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
                    writer = _Writer(context, supervision)
                    async for reply in replies:
                        await writer.write(reply)

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
            supervision.moved()
            encoded, data = take_bytes(encoded, bulk)
            request = await self.pipeline.parsed(method, encoded)
            if guard.request is None:
                guard.request = _without(bulk, request)
                self.pipeline.authorize(method, call.principal, request)
            elif any(method.access[0].texts(request)):
                self.pipeline.authorize(method, call.principal, request)
            yield request, data
            del encoded, data  # a MiB, which would stay until the next one comes

    def _supervision(self, guard: Guard, method: Method, *, waits: bool = False) -> Supervision:
        def admit() -> Awaitable[Call]:
            return self.pipeline.admit(guard, method)

        return Supervision(self.limits.idle, admit, waits=waits)


class _Writer:
    """Writes the replies of one stream, each once the one before was taken."""

    def __init__(self, context: Context, supervision: Supervision) -> None:
        self._context = context
        self._supervision = supervision
        self._begun = False

    async def write(self, reply: Reply) -> None:
        """Write a reply and wait until it is taken."""
        if not self._begun:
            # By itself gRPC sends the head with the first message, and notes that it did when that
            # was taken: a status behind a message that was not taken would be refused.
            self._begun = True
            await self._context.send_initial_metadata(())
        await self._supervision.sending(self._context.write(reply))


class _Replies:
    """An iterator of replies that a thread opens, advances and closes."""

    def __init__(self, handler: StreamHandler, call: Call, request: Message) -> None:
        self._replies = handler(call, request)

    def next(self) -> bytes | None:
        """Return the next reply, encoded; None at the end."""
        reply = next(self._replies, None)
        return None if reply is None else encode(reply)

    def close(self) -> None:
        """Let go of what the iterator holds."""
        close = getattr(self._replies, "close", None)
        if close is not None:
            close()


def _without(field: int, request: Message) -> Message:
    """Return what is kept of a first message: everything but the field of this number."""
    kept = type(request)()
    kept.CopyFrom(request)
    kept.ClearField(kept.DESCRIPTOR.fields_by_number[field].name)
    return kept


def _counted(reply: bytes | None) -> int:
    return 0 if reply is None else min(len(reply), MESSAGE_BYTES)
