"""Calls of reads that the cache can answer: the short path for most, and the whole one."""

import time
from typing import TYPE_CHECKING

from registry_grpc.domain.errors import InvalidRequest, TokenInvalid
from registry_grpc.domain.principal import Principal
from registry_grpc.transport.call import Call
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Guard, Metadata, bearer
from registry_grpc.transport.method import Method
from registry_grpc.transport.outgoing import SMALL_BYTES
from registry_grpc.transport.read_cache import CachedRead, Reply
from registry_grpc.transport.reply_cache import KeptReply

if TYPE_CHECKING:
    from registry_grpc.transport.pipeline import Pipeline

AGE_TRAILER = "x-registry-age-ms"
_SOON_S = 0.05


class CachedCalls:
    """The calls of one method whose answers can be cached. Used from one event loop."""

    def __init__(self, pipeline: "Pipeline", method: Method, read: CachedRead) -> None:
        self._pipeline = pipeline
        self._method = method
        self._read = read
        self._memory = pipeline.memory
        self._authentication = pipeline.authentication
        self._counted = pipeline.metrics.answered(method.name)
        self._replies = pipeline.memory.replies()
        self._unauthenticated = pipeline.unauthenticated
        self._arrivals = pipeline.receiving.arrivals
        self._permits = pipeline.authorizer.permits
        self._permission = method.permission

    def known(self, metadata: Metadata) -> Principal | None:
        """Return a caller that is cached and has the permission in some scope; None for others."""
        return None if self._memory.age else self._principal(metadata)

    async def quick(
        self, encoded: bytes, context: Context, caller: Principal | None, known_at: float
    ) -> Reply:
        """Answer a message that was received, because its caller was `known` at that moment.

        known_at: by time.perf_counter.
        """
        began = time.perf_counter()
        peer = context.peer()
        self._unauthenticated.admitted(peer)
        if self._arrivals:
            self._arrivals.delivered(peer, len(encoded))
        # After a message that took long to arrive, its caller is looked up again.
        if began - known_at >= _SOON_S:
            caller = self._principal(context.invocation_metadata())
        if caller is not None and not self._memory.age:
            reply = self._replies.get(encoded) or self._recalled(encoded)
            if reply is not None and self._may_have(caller, reply):
                # Counted, and not in the log: a line costs a tenth of what the whole call does.
                self._counted(time.perf_counter() - began)
                return reply.encoded
        async with self._pipeline.guard(self._method, context) as guard:
            return await self._pipeline.in_time(self._answered(guard, context, encoded))

    async def call(self, _: object, context: Context) -> Reply:
        """Admit a caller, then ask for the message and answer it."""
        async with self._pipeline.guard(self._method, context) as guard:
            return await self._pipeline.in_time(self._answered(guard, context, None))

    async def _answered(self, guard: Guard, context: Context, encoded: bytes | None) -> Reply:
        pipeline, method = self._pipeline, self._method
        known = self._known_in_outage(guard) or await pipeline.admit(guard, method, context)
        if encoded is None:
            encoded = await pipeline.receiving.one(method, guard, context)
        method.require_size(encoded)
        guard.request = request = await pipeline.parsed(method, encoded)
        pipeline.authorize(method, known.principal, request)
        found = self._memory.recall(self._read, request)
        if found is None or not found.age:
            # A call that reads the database authenticates against it.
            known = await pipeline.admit(guard, method, context)
            found = self._memory.recall(self._read, request)  # again: admission may have taken time
        caller, outgoing = known.principal.name, pipeline.outgoing
        most = self._read.most_bytes(request) if found is None else found.size
        async with outgoing.building(caller, most):
            if found is None:
                found = await self._memory.ask(self._read, known, request)
            elif found.age:
                guard.tell(AGE_TRAILER, str(round(found.age * 1e3)))
            reply = encode(await self._memory.reply(self._read, guard.id, request, found))
            guard.failed += [one.refusal for one in found.answers if one.refusal is not None]
            return await outgoing.sent(context, caller, reply)

    def _may_have(self, caller: Principal, reply: KeptReply) -> bool:
        for permission, scope in reply.demands:  # noqa: SIM110 - all() costs more than one ask
            if not self._permits(caller, permission, scope):
                return False
        return True

    def _recalled(self, encoded: bytes) -> KeptReply | None:
        """Build the reply from cached answers, and cache it; None when one is missing."""
        if len(encoded) > self._method.most_bytes or not self._method.quick_to_parse(encoded):
            return None
        try:
            request = self._method.parse(encoded)
        except InvalidRequest:
            return None  # the whole path answers with the error and its details
        found = self._memory.recall(self._read, request)
        if found is None or found.age or found.refused or found.size > SMALL_BYTES:
            return None
        reply = KeptReply(
            encode(self._read.reply("", request, found)), tuple(self._method.demands(request))
        )
        # Units are many, and each is asked for seldom: their replies would evict all others.
        if not self._read.units(request):
            self._replies.put(encoded, reply)
        return reply

    def _principal(self, metadata: Metadata | None) -> Principal | None:
        """Return the caller, if it is cached and has the permission in some scope."""
        try:
            principal = self._authentication.cached(bearer(metadata))
        except TokenInvalid:
            return None  # the whole path answers with the error and its details
        if principal is None or not self._permits(principal, self._permission):
            return None
        return principal

    def _known_in_outage(self, guard: Guard) -> Call | None:
        # While the database is unavailable no caller can be looked up: cached ones stay
        # authenticated for cached answers.
        if not self._memory.age:
            return None
        known = self._authentication.last_cached(guard.token())
        if known is None:
            return None
        return self._pipeline.admitted(guard, self._method, known)
