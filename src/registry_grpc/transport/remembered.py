"""Reads that memory can answer: what surrounds a call of them, and the short way for most."""

import time
from typing import TYPE_CHECKING

from registry_grpc.domain.errors import InvalidRequest, TokenInvalid
from registry_grpc.domain.principal import Principal
from registry_grpc.transport.call import Call
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Guard, Metadata, bearer
from registry_grpc.transport.memory import RememberedRead, Reply
from registry_grpc.transport.method import Method
from registry_grpc.transport.outgoing import SMALL_BYTES
from registry_grpc.transport.replies import KeptReply

if TYPE_CHECKING:
    from registry_grpc.transport.pipeline import Pipeline

AGE_TRAILER = "x-registry-age-ms"
_SOON_S = 0.05


class RememberedCalls:
    """The calls of one method whose answers can be kept. Used from one event loop."""

    def __init__(self, pipeline: "Pipeline", method: Method, read: RememberedRead) -> None:
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
        """Return a caller whom memory knows, and who may call somewhere; None for all others."""
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
        # A message that took long to come is of a caller who has to be known once more.
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
            # What is asked of the database is for those whom it knows.
            known = await pipeline.admit(guard, method, context)
            found = self._memory.recall(self._read, request)  # again: that may have taken time
        caller, outgoing = known.principal.name, pipeline.outgoing
        most = self._read.most_bytes(request) if found is None else found.size
        async with outgoing.building(caller, most):
            if found is None:
                found = await self._memory.ask(self._read, known, request)
            elif found.age:
                guard.tell(AGE_TRAILER, str(round(found.age * 1e3)))
            reply = encode(await self._memory.reply(self._read, guard.id, request, found))
            return await outgoing.sent(context, caller, reply)

    def _may_have(self, caller: Principal, reply: KeptReply) -> bool:
        for permission, scope in reply.demands:  # noqa: SIM110 - all() costs more than one ask
            if not self._permits(caller, permission, scope):
                return False
        return True

    def _recalled(self, encoded: bytes) -> KeptReply | None:
        """Make the reply of what memory knows, and keep it; None when that is not enough for it."""
        if len(encoded) > self._method.most_bytes or not self._method.quick_to_parse(encoded):
            return None
        try:
            request = self._method.parse(encoded)
        except InvalidRequest:
            return None  # to be said with all that belongs to a refusal
        found = self._memory.recall(self._read, request)
        if found is None or found.age or found.refused or found.size > SMALL_BYTES:
            return None
        reply = KeptReply(
            encode(self._read.reply("", request, found)), tuple(self._method.demands(request))
        )
        self._replies.put(encoded, reply)
        return reply

    def _principal(self, metadata: Metadata | None) -> Principal | None:
        """Return who calls, if memory knows it and that they may."""
        try:
            principal = self._authentication.remembered(bearer(metadata))
        except TokenInvalid:
            return None  # to be said with all that belongs to a refusal
        if principal is None or not self._permits(principal, self._permission):
            return None
        return principal

    def _known_in_outage(self, guard: Guard) -> Call | None:
        # While the database is away nobody can be looked up: who was known stays so, for what
        # memory has.
        if not self._memory.age:
            return None
        known = self._authentication.last_known(guard.token())
        if known is None:
            return None
        return self._pipeline.admitted(guard, self._method, known)
