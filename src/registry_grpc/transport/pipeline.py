"""The steps of unary calls, composed once for each method when the server starts.

ids → authentication → permission in any scope → the message, within its limit → permission in the
scopes that it names → the handler, in a thread → errors → metrics, log line. No byte of a message
is read before its caller is admitted.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from google.protobuf.message import Message

from registry_grpc.domain.errors import (
    DeadlineExceeded,
    PermissionDenied,
    RegistryError,
    TokenInvalid,
    TokenRequired,
)
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.work import Work, counted
from registry_grpc.services.access import Authentication
from registry_grpc.services.authorizer import Authorizer
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.byte_budget import Reservation
from registry_grpc.transport.cached_calls import CachedCalls
from registry_grpc.transport.call import Call
from registry_grpc.transport.denied_request import Note
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Guard, nothing_noted
from registry_grpc.transport.history import stamped
from registry_grpc.transport.method import Method
from registry_grpc.transport.outgoing import Outgoing
from registry_grpc.transport.read_cache import CachedRead, ReadCache, Reply
from registry_grpc.transport.receiving import Receiving
from registry_grpc.transport.threads import Pools
from registry_grpc.transport.unauthenticated import Answer, UnauthenticatedConnections

# How long to wait for the message of a denied call: the audit trail states its resource.
_DENIED_MESSAGE_S = 1.0
_T = TypeVar("_T")
UnaryHandler = Callable[[Call, Message], Reply]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """pools: of threads. cap: the longest unary call, its message included.

    memory: of the reads that it can answer. note: called for each denied request.
    """

    authentication: Authentication
    authorizer: Authorizer
    pools: Pools
    metrics: Metrics
    cap: timedelta
    memory: ReadCache
    note: Note = nothing_noted
    receiving: Receiving = field(default_factory=Receiving)
    outgoing: Outgoing = field(default_factory=Outgoing)
    unauthenticated: UnauthenticatedConnections = field(default_factory=UnauthenticatedConnections)

    def unary(
        self, method: Method, handler: UnaryHandler
    ) -> Callable[[object, Context], Awaitable[Reply]]:
        """Return the coroutine function for a unary method."""
        threads = self.pools.heavy if method.heavy else self.pools.calls
        most = PAGE_BYTES if method.is_large else 0

        async def answered(guard: Guard, context: Context) -> Reply:
            admitted = await self.admit(guard, method, context)
            with self.receiving.reserve(admitted.principal.name) as held:
                return await handled(guard, context, admitted, held)

        async def handled(
            guard: Guard, context: Context, admitted: Call, held: Reservation
        ) -> Reply:
            caller = admitted.principal.name
            encoded = await self.receiving.one(method, guard, context, held)

            work = Work()

            def work_done() -> bytes:
                guard.request = request = method.parse(encoded)
                self.authorize(method, admitted.principal, request)
                with counted(work):
                    return encode(_stamped(handler(admitted, request), admitted.history))

            try:
                async with self.outgoing.building(caller, most):
                    reply = await threads.run(work_done)
                    return await self.outgoing.sent(context, caller, reply)
            except asyncio.CancelledError:
                # The call was cancelled, or its deadline is over: the thread stops at its next
                # count.
                work.stop()
                raise

        async def call(_: object, context: Context) -> Reply:
            async with self.guard(method, context) as guard:
                return await self.in_time(answered(guard, context))

        return call

    def cached(self, method: Method, read: CachedRead) -> CachedCalls:
        """Return the functions for reads from memory, without any thread."""
        return CachedCalls(self, method, read)

    def guard(self, method: Method, context: Context) -> Guard:
        """Return the context managers of one call."""
        return Guard(method.name, context, self.metrics, partial(self.note, method))

    async def request(self, guard: Guard, method: Method, context: Context) -> tuple[Call, Message]:
        """Admit the caller, then take and parse its one message, as streams of replies begin."""
        admitted = await self.admit(guard, method, context)
        encoded = await self.receiving.one(method, guard, context)
        guard.request = request = await self.parsed(method, encoded)
        self.authorize(method, admitted.principal, request)
        return admitted, request

    async def parsed(self, method: Method, encoded: bytes) -> Message:
        """Parse a message, in a thread if that takes long."""
        if method.quick_to_parse(encoded):
            return method.parse(encoded)
        return await self.pools.heavy.run(method.parse, encoded)

    async def admit(self, guard: Guard, method: Method, context: Context | None = None) -> Call:
        """Identify the caller and check its permission, before anything of the message is read.

        context: given while the message is unread: the trail states the resource of a denied one.
        """
        try:
            principal = await self._authenticated(guard.token())
        except (TokenRequired, TokenInvalid):
            answer = self.unauthenticated.refused(guard.peer)
            if answer is Answer.NONE:
                raise asyncio.CancelledError from None
            guard.brief = answer is Answer.BRIEF
            raise
        try:
            return self.admitted(guard, method, principal)
        except PermissionDenied:
            if context is not None and guard.request is None:
                await self._note_request(guard, method, context)
            raise

    async def _authenticated(self, secret: str | None) -> Principal:
        principal = self.authentication.cached(secret)
        if principal is None:
            seen = self.authentication.last_cached(secret) is not None
            threads = self.pools.admission if seen else self.pools.unknown
            self.authentication.require_secret(secret)
            principal = await threads.run(self.authentication.authenticate, secret)
        return principal

    async def _note_request(self, guard: Guard, method: Method, context: Context) -> None:
        with suppress(RegistryError, TimeoutError):
            async with asyncio.timeout(_DENIED_MESSAGE_S):
                encoded = await self.receiving.one(method, guard, context)
            if method.quick_to_parse(encoded):
                guard.request = method.parse(encoded)

    def admitted(self, guard: Guard, method: Method, principal: Principal) -> Call:
        """Return the call of a known caller; raises PermissionDenied.

        Until its request is read the caller needs the permission in any scope at all.
        """
        guard.principal = principal.name
        if guard.request is None:
            self.authorizer.require(principal, method.permission)
        else:
            self.authorize(method, principal, guard.request)
        self.unauthenticated.admitted(guard.peer)
        return Call(method.name, principal, guard.id, self.memory.history, guard.failed)

    def still_admitted(self, guard: Guard, method: Method) -> bool:
        """Whether the caller of a stream is admitted by what is in memory; False if unknown."""
        try:
            principal = self.authentication.cached(guard.token())
            if principal is None:
                return False
            self.admitted(guard, method, principal)
        except (TokenInvalid, PermissionDenied):
            return False
        return True

    def authorize(self, method: Method, principal: Principal, request: Message) -> None:
        """Raise PermissionDenied unless the caller has what the request needs, in each scope."""
        for permission, scope in method.demands(request):
            self.authorizer.require(principal, permission, scope)

    async def in_time(self, work: Awaitable[_T]) -> _T:
        """Await what a unary call does; raises DeadlineExceeded."""
        try:
            async with asyncio.timeout(self.cap.total_seconds()):
                return await work
        except TimeoutError as error:
            raise DeadlineExceeded from error


def _stamped(reply: Reply, history: str) -> Reply:
    # A reply of bytes was stamped when it was encoded.
    return reply if isinstance(reply, bytes) else stamped(reply, history)
