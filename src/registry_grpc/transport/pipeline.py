"""What every call passes through, composed once per method when the server starts.

ids → who calls → may they → deadline → the handler, in a thread → errors → metrics, log line
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from google.protobuf.message import Message

from registry_grpc.domain.errors import DatabaseUnavailable, DeadlineExceeded, TokenInvalid
from registry_grpc.domain.principal import Permission, Principal, Role, roles_with
from registry_grpc.services.access import Authentication
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.call import Call
from registry_grpc.transport.guard import Context, Guard, bearer
from registry_grpc.transport.memory import Found, Memory, RememberedRead
from registry_grpc.transport.refusal import Note, nothing_noted
from registry_grpc.transport.replies import Replies
from registry_grpc.transport.threads import Threads

AGE_TRAILER = "x-registry-age-ms"
_ADMIT_AGAIN_S = 30.0
_T = TypeVar("_T")
Reply = Message | bytes
UnaryHandler = Callable[[Call, Message], Reply]
StreamHandler = Callable[[Call, Message], Iterator[Reply]]
FeedHandler = Callable[[Call, Message], AsyncGenerator[Reply, None]]
BidiHandler = Callable[[Call, AsyncIterator[Message]], AsyncGenerator[Message, None]]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """calls: threads of unary calls. transfers: of byte streams. cap: the longest unary call.

    memory: of the reads that can be answered from it. note: is told of refused calls.
    """

    authentication: Authentication
    calls: Threads
    transfers: Threads
    metrics: Metrics
    cap: timedelta
    memory: Memory
    note: Note = nothing_noted

    def unary(
        self, method: str, permission: Permission, handler: UnaryHandler
    ) -> Callable[[Message, Context], Awaitable[Reply]]:
        """Return the coroutine function for a unary method."""

        async def call(request: Message, context: Context) -> Reply:
            async with self._guard(method, context, request) as guard:

                def work() -> Reply:
                    return handler(self._admit(guard, permission), request)

                return await self._in_time(self.calls.run(work))

        return call

    def remembered(
        self,
        method: str,
        permission: Permission,
        read: RememberedRead,
        parse: Callable[[bytes], Message],
    ) -> Callable[[bytes, Context], Awaitable[Reply]]:
        """Return the coroutine function for a read that memory can answer, without any thread.

        It takes the request as it came, and reads it with `parse` only when it has to.
        """
        counted = self.metrics.answered(method)
        replies, roles = self.memory.replies(), roles_with(permission)

        async def call(encoded: bytes, context: Context) -> Reply:
            began = time.perf_counter()
            # Who calls is asked first: whoever may not has nothing parsed, composed or kept.
            if not self.memory.age and self._knows(context, roles):
                reply = replies.get(encoded) or self._recalled(read, parse, encoded, replies)
                if reply is not None:
                    # Counted, and not in the log: a line costs a tenth of what the whole call does.
                    counted(time.perf_counter() - began)
                    return reply
            request = parse(encoded)
            async with self._guard(method, context, request) as guard:
                found = self.memory.recall(read, request)
                admission = self._admitted_to_memory(guard, permission, found)
                known = await self._in_time(admission)
                found = self.memory.recall(read, request)  # anew: that may have taken time
                if found is None:
                    found = await self._in_time(self.memory.ask(read, known, request))
                elif found.age:
                    guard.tell(AGE_TRAILER, str(round(found.age * 1e3)))
                return read.reply(guard.id, request, found)

        return call

    def _recalled(
        self,
        read: RememberedRead,
        parse: Callable[[bytes], Message],
        encoded: bytes,
        replies: Replies,
    ) -> bytes | None:
        """Make the reply of what memory knows, and keep it; None when that is not enough for it."""
        request = parse(encoded)
        found = self.memory.recall(read, request)
        if found is None or found.age or found.refused:
            return None
        reply = encode(read.reply("", request, found))
        replies.put(encoded, reply)
        return reply

    def _knows(self, context: Context, roles: Sequence[Role]) -> bool:
        """Whether memory knows who calls, and that they may."""
        try:
            principal = self.authentication.remembered(bearer(context.invocation_metadata()))
        except TokenInvalid:
            return False  # to be said with all that belongs to a refusal
        return principal is not None and principal.role in roles

    def server_stream(
        self, method: str, permission: Permission, handler: StreamHandler
    ) -> Callable[[Message, Context], AsyncIterator[Reply]]:
        """Return the async generator function for a method that answers with a stream."""

        async def call(request: Message, context: Context) -> AsyncIterator[Reply]:
            async with self._guard(method, context, request) as guard:
                admitted = await self.calls.run(self._admit, guard, permission)
                replies = await self.transfers.run(handler, admitted, request)
                # One reply is fetched while the one before is being sent.
                coming = asyncio.ensure_future(self.transfers.run(next, replies, None))
                try:
                    # Shielded: when the caller goes, it still ends when its thread does.
                    while (reply := await asyncio.shield(coming)) is not None:
                        coming = asyncio.ensure_future(self.transfers.run(next, replies, None))
                        yield reply
                finally:
                    await _settled(coming)
                    await self.transfers.finish(_close, replies)

        return call

    def feed(
        self, method: str, permission: Permission, handler: FeedHandler
    ) -> Callable[[Message, Context], AsyncIterator[Reply]]:
        """Return the async generator function for a method that answers for as long as it is heard.

        Its handler runs in the event loop. Who may hear is asked again every _ADMIT_AGAIN_S.
        """

        async def call(request: Message, context: Context) -> AsyncIterator[Reply]:
            async with self._guard(method, context, request) as guard:
                replies = handler(await self.calls.run(self._admit, guard, permission), request)
                admitted = time.monotonic()
                async with aclosing(replies):
                    async for reply in replies:
                        if time.monotonic() - admitted > _ADMIT_AGAIN_S:
                            # A database that is away ends nothing: it is asked behind the next.
                            with suppress(DatabaseUnavailable):
                                await self.calls.run(self._admit, guard, permission)
                                admitted = time.monotonic()
                        yield reply

        return call

    def bidi_stream(
        self, method: str, permission: Permission, handler: BidiHandler
    ) -> Callable[[AsyncIterator[Message], Context], AsyncIterator[Message]]:
        """Return the async generator function for a method with streams both ways."""

        async def call(
            requests: AsyncIterator[Message], context: Context
        ) -> AsyncIterator[Message]:
            async with self._guard(method, context) as guard:
                admitted = await self.calls.run(self._admit, guard, permission)
                async with aclosing(handler(admitted, aiter(requests))) as replies:
                    async for reply in replies:
                        yield reply

        return call

    def _guard(self, method: str, context: Context, request: Message | None = None) -> Guard:
        return Guard(method, context, self.metrics, request, self.note)

    def _admit(self, guard: Guard, permission: Permission) -> Call:
        principal = self.authentication.authenticate(guard.token())
        return self._admitted(guard, permission, principal)

    def _admitted(self, guard: Guard, permission: Permission, principal: Principal) -> Call:
        guard.principal = principal.name
        principal.require(permission)
        return Call(guard.method, principal, guard.id)

    async def _admitted_to_memory(
        self, guard: Guard, permission: Permission, found: Found | None
    ) -> Call:
        # While the database is away nobody can be looked up: who was known stays so, for what
        # memory has. What is asked of the database is for those whom it knows.
        if found is not None and found.age:
            known = self.authentication.last_known(guard.token())
            if known is not None:
                return self._admitted(guard, permission, known)
        return await self.calls.run(self._admit, guard, permission)

    async def _in_time(self, work: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self.cap.total_seconds()):
                return await work
        except TimeoutError as error:
            raise DeadlineExceeded from error


async def _settled(work: "asyncio.Future[Reply | None]") -> None:
    # A thread may still be inside the iterator, which cannot be closed under it. What it raises
    # concerns nobody: either the reader saw it already or the reader is gone.
    await asyncio.wait([work])
    if not work.cancelled():
        work.exception()


def encode(reply: Reply) -> bytes:
    """Return the bytes of a reply; some are answered as bytes, and go out as they are."""
    return reply if isinstance(reply, bytes) else reply.SerializeToString()


def _close(replies: Iterator[Reply]) -> None:
    close = getattr(replies, "close", None)
    if close is not None:
        close()
