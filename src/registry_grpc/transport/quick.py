"""The choice of the gRPC handler for cached reads.

gRPC buffers the whole message before it calls the handler of a unary method; a streaming handler
requests its message itself, after authentication. The unary way costs a warm lookup 5 % less. So a
call is handled as unary when its caller is cached before anything is received, for a bounded number
of concurrent calls of a caller.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc

from registry_grpc.domain.principal import Principal
from registry_grpc.transport.cached_calls import CachedCalls
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Metadata
from registry_grpc.transport.read_cache import Reply
from registry_grpc.transport.receiving import AT_ONCE

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class QuickHandlers:
    """Chooses the unary or the streaming handler for each call of one method."""

    def __init__(self, calls: CachedCalls, at_once: int = AT_ONCE) -> None:
        self._known = calls.known
        self._quick = calls.quick
        self._at_once = at_once
        self._running: Counter[str] = Counter()
        self._admitting: _Handler = grpc.stream_unary_rpc_method_handler(calls.call, None, encode)

    def of(self, metadata: Metadata) -> "_Handler | QuickHandler":
        """Return the handler for a call."""
        caller = self._known(metadata)
        if caller is None or self._running[caller.name] >= self._at_once:
            return self._admitting
        return QuickHandler(self._quick, self._running, caller)


class QuickHandler:
    """The unary handler of one call; it counts as running until gRPC releases it."""

    __slots__ = ("_caller", "_chosen", "_quick", "_running")

    request_streaming = False
    response_streaming = False
    request_deserializer = None
    response_serializer = staticmethod(encode)

    def __init__(
        self,
        quick: Callable[[bytes, Context, Principal, float], Awaitable[Reply]],
        running: Counter[str],
        caller: Principal,
    ) -> None:
        self._quick = quick
        self._running = running
        self._caller = caller
        self._chosen = time.perf_counter()
        running[caller.name] += 1

    async def unary_unary(self, encoded: bytes, context: Context) -> Reply:
        """Return the reply to this call."""
        return await self._quick(encoded, context, self._caller, self._chosen)

    def __del__(self) -> None:
        """Count the call as ended, with or without a message."""
        name = self._caller.name
        left = self._running[name] - 1
        if left:
            self._running[name] = left
        else:
            del self._running[name]
