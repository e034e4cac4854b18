"""How a read that memory can answer is handed to gRPC.

gRPC calls the handler of a unary method with the whole message, and holds what comes of it without
asking anybody; a streaming one asks for its message itself, after it has seen who calls. The
former takes a twentieth less of a warm lookup. So a call is answered as unary when memory knows
its caller before anything is received, and for so many calls of a caller at once.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc

from registry_grpc.domain.principal import Principal
from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context, Metadata
from registry_grpc.transport.memory import Reply
from registry_grpc.transport.receiving import AT_ONCE
from registry_grpc.transport.remembered import RememberedCalls

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class QuickHandlers:
    """Chooses for each call of one method how its message is received."""

    def __init__(self, calls: RememberedCalls, at_once: int = AT_ONCE) -> None:
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
    """The unary handler of one call; it counts as running for as long as gRPC holds it."""

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
        """Answer the message of this call."""
        return await self._quick(encoded, context, self._caller, self._chosen)

    def __del__(self) -> None:
        """Count the call as ended, whether its message ever came or not."""
        name = self._caller.name
        left = self._running[name] - 1
        if left:
            self._running[name] = left
        else:
            del self._running[name]
