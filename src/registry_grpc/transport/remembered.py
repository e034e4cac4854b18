"""Reads that memory can answer: what surrounds a call of them, and the short way for most."""

import time
from typing import TYPE_CHECKING

from registry_grpc.domain.errors import InvalidRequest, TokenInvalid
from registry_grpc.domain.principal import Principal, roles_with
from registry_grpc.transport.call import Call
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Guard, Metadata, bearer
from registry_grpc.transport.memory import RememberedRead, Reply
from registry_grpc.transport.method import Method
from registry_grpc.transport.outgoing import SMALL_BYTES

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
        self._strangers = pipeline.strangers
        self._arrivals = pipeline.receiving.arrivals
        self._roles = roles_with(method.permission)

    def known(self, metadata: Metadata) -> str | None:
        """Return the name of a caller whom memory knows, and who may; None for all others."""
        if self._memory.age:
            return None
        principal = self._principal(metadata)
        return None if principal is None else principal.name

    async def quick(self, encoded: bytes, context: Context, known_at: float) -> Reply:
        """Answer a message that was received, because its caller was `known` at that moment.

        known_at: by time.perf_counter.
        """
        began = time.perf_counter()
        peer = context.peer()
        self._strangers.admitted(peer)
        if self._arrivals:
            self._arrivals.delivered(peer, len(encoded))
        # A message that took long to come is of a caller who has to be known once more.
        known = began - known_at < _SOON_S or self._principal(context.invocation_metadata())
        if known and not self._memory.age:
            reply = self._replies.get(encoded) or self._recalled(encoded)
            if reply is not None:
                # Counted, and not in the log: a line costs a tenth of what the whole call does.
                self._counted(time.perf_counter() - began)
                return reply
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

    def _recalled(self, encoded: bytes) -> bytes | None:
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
        reply = encode(self._read.reply("", request, found))
        self._replies.put(encoded, reply)
        return reply

    def _principal(self, metadata: Metadata | None) -> Principal | None:
        """Return who calls, if memory knows it and that they may."""
        try:
            principal = self._authentication.remembered(bearer(metadata))
        except TokenInvalid:
            return None  # to be said with all that belongs to a refusal
        return principal if principal is not None and principal.role in self._roles else None

    def _known_in_outage(self, guard: Guard) -> Call | None:
        # While the database is away nobody can be looked up: who was known stays so, for what
        # memory has.
        if not self._memory.age:
            return None
        known = self._authentication.last_known(guard.token())
        if known is None:
            return None
        return self._pipeline.admitted(guard, self._method, known)
