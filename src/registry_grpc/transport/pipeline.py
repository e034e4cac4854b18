"""What every call passes through, composed once per method when the server starts.

ids → who calls → may they → their message, within its limit → the handler, in a thread → errors →
metrics, log line. Nothing is read of a caller, let alone parsed, before it is admitted.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from google.protobuf.message import Message

from registry_grpc.domain.errors import (
    DatabaseUnavailable,
    DeadlineExceeded,
    PermissionDenied,
    RegistryError,
)
from registry_grpc.domain.principal import Principal
from registry_grpc.services.access import Authentication
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.call import Call
from registry_grpc.transport.guard import Context, Guard
from registry_grpc.transport.memory import Memory, RememberedRead, Reply
from registry_grpc.transport.method import Method
from registry_grpc.transport.receiving import Receiving
from registry_grpc.transport.refusal import Note, nothing_noted
from registry_grpc.transport.remembered import RememberedCalls
from registry_grpc.transport.threads import Pools

_ADMIT_AGAIN_S = 30.0
# How long the message of a caller who may not is waited for: the trail says what it is about.
_DENIED_MESSAGE_S = 1.0
_T = TypeVar("_T")
UnaryHandler = Callable[[Call, Message], Reply]
StreamHandler = Callable[[Call, Message], Iterator[Reply]]
FeedHandler = Callable[[Call, Message], AsyncGenerator[Reply, None]]
BidiHandler = Callable[[Call, AsyncIterator[Message]], AsyncGenerator[Message, None]]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """pools: of threads. cap: the longest unary call, its message included.

    memory: of the reads that can be answered from it. note: is told of refused calls.
    """

    authentication: Authentication
    pools: Pools
    metrics: Metrics
    cap: timedelta
    memory: Memory
    note: Note = nothing_noted
    receiving: Receiving = field(default_factory=Receiving)

    def unary(
        self, method: Method, handler: UnaryHandler
    ) -> Callable[[object, Context], Awaitable[Reply]]:
        """Return the coroutine function for a unary method."""
        threads = self.pools.heavy if method.heavy else self.pools.calls

        async def answered(guard: Guard, context: Context) -> Reply:
            admitted = await self.admit(guard, method, context)
            encoded = await self.receiving.one(method, admitted.principal.name, context)

            def work() -> Reply:
                guard.request = request = method.parse(encoded)
                return handler(admitted, request)

            return await threads.run(work)

        async def call(_: object, context: Context) -> Reply:
            async with self.guard(method, context) as guard:
                return await self.in_time(answered(guard, context))

        return call

    def remembered(self, method: Method, read: RememberedRead) -> RememberedCalls:
        """Return the functions for a read that memory can answer, without any thread."""
        return RememberedCalls(self, method, read)

    def server_stream(
        self, method: Method, handler: StreamHandler
    ) -> Callable[[object, Context], AsyncIterator[Reply]]:
        """Return the async generator function for a method that answers with a stream."""
        transfers = self.pools.transfers

        async def call(_: object, context: Context) -> AsyncIterator[Reply]:
            async with self.guard(method, context) as guard:
                admitted, request = await self.in_time(self._request(guard, method, context))
                replies = await transfers.run(handler, admitted, request)
                # One reply is fetched while the one before is being sent.
                coming = asyncio.ensure_future(transfers.run(next, replies, None))
                try:
                    # Shielded: when the caller goes, it still ends when its thread does.
                    while (reply := await asyncio.shield(coming)) is not None:
                        coming = asyncio.ensure_future(transfers.run(next, replies, None))
                        yield reply
                finally:
                    await _settled(coming)
                    await transfers.finish(_close, replies)

        return call

    def feed(
        self, method: Method, handler: FeedHandler
    ) -> Callable[[object, Context], AsyncIterator[Reply]]:
        """Return the async generator function for a method that answers for as long as it is heard.

        Its handler runs in the event loop. Who may hear is asked again every _ADMIT_AGAIN_S.
        """

        async def call(_: object, context: Context) -> AsyncIterator[Reply]:
            async with self.guard(method, context) as guard:
                replies = handler(*await self.in_time(self._request(guard, method, context)))
                admitted = time.monotonic()
                async with aclosing(replies):
                    async for reply in replies:
                        if time.monotonic() - admitted > _ADMIT_AGAIN_S:
                            # A database that is away ends nothing: it is asked behind the next.
                            with suppress(DatabaseUnavailable):
                                await self.admit(guard, method)
                                admitted = time.monotonic()
                        yield reply

        return call

    def bidi_stream(
        self, method: Method, handler: BidiHandler
    ) -> Callable[[object, Context], AsyncIterator[Message]]:
        """Return the async generator function for a method with streams both ways."""

        async def messages(context: Context) -> AsyncGenerator[Message, None]:
            async for encoded in self.receiving.all(method, context):
                yield await self.parsed(method, encoded)

        async def call(_: object, context: Context) -> AsyncIterator[Message]:
            async with self.guard(method, context) as guard:
                admitted = await self.in_time(self.admit(guard, method))
                requests = messages(context)
                async with aclosing(requests), aclosing(handler(admitted, requests)) as replies:
                    async for reply in replies:
                        yield reply

        return call

    def guard(self, method: Method, context: Context) -> Guard:
        """Return what stands around one call."""
        return Guard(method.name, context, self.metrics, self.note)

    async def _request(
        self, guard: Guard, method: Method, context: Context
    ) -> tuple[Call, Message]:
        """Admit the caller, then take and parse its one message."""
        admitted = await self.admit(guard, method, context)
        encoded = await self.receiving.one(method, admitted.principal.name, context)
        guard.request = await self.parsed(method, encoded)
        return admitted, guard.request

    async def parsed(self, method: Method, encoded: bytes) -> Message:
        """Parse a message, beside the event loop if that takes long."""
        if method.quick_to_parse(encoded):
            return method.parse(encoded)
        return await self.pools.heavy.run(method.parse, encoded)

    async def admit(self, guard: Guard, method: Method, context: Context | None = None) -> Call:
        """Find out who calls, and that they may. Nothing of the message was looked at until then.

        context: given while the message was not read: what a refused one names is for the trail.
        """
        secret = guard.token()
        principal = self.authentication.remembered(secret)
        if principal is None:
            seen = self.authentication.last_known(secret) is not None
            threads = self.pools.admission if seen else self.pools.strangers
            self.authentication.require_secret(secret)
            principal = await threads.run(self.authentication.authenticate, secret)
        try:
            return self.admitted(guard, method, principal)
        except PermissionDenied:
            if context is not None and guard.request is None:
                await self._note_request(guard, method, principal, context)
            raise

    async def _note_request(
        self, guard: Guard, method: Method, principal: Principal, context: Context
    ) -> None:
        with suppress(RegistryError, TimeoutError):
            async with asyncio.timeout(_DENIED_MESSAGE_S):
                encoded = await self.receiving.one(method, principal.name, context)
            if method.quick_to_parse(encoded):
                guard.request = method.parse(encoded)

    def admitted(self, guard: Guard, method: Method, principal: Principal) -> Call:
        """Return the call of a known caller; raises PermissionDenied."""
        guard.principal = principal.name
        principal.require(method.permission)
        return Call(method.name, principal, guard.id)

    async def in_time(self, work: Awaitable[_T]) -> _T:
        """Await what a unary call does; raises DeadlineExceeded."""
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


def _close(replies: Iterator[Reply]) -> None:
    close = getattr(replies, "close", None)
    if close is not None:
        close()
