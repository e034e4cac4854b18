"""The life of the gRPC server: options, ports, drain."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import grpc

from registry_grpc.domain.limits import MESSAGE_BYTES, MIB
from registry_grpc.telemetry import log
from registry_grpc.transport.allocator import resident_bytes, return_memory
from registry_grpc.transport.connection_watches import MOST_WATCHES
from registry_grpc.transport.health import SERVICE as HEALTH_SERVICE
from registry_grpc.transport.health import Health
from registry_grpc.transport.methods import SERVICES
from registry_grpc.transport.public_calls import PublicCalls
from registry_grpc.transport.reflection import reflection_handlers
from registry_grpc.transport.sockets import Sockets
from registry_grpc.transport.tls import TlsFiles, server_credentials
from registry_grpc.transport.unauthenticated import UnauthenticatedConnections

# gRPC rejects larger messages without a reason; methods have lower limits with a reason.
MAX_REQUEST_BYTES = MESSAGE_BYTES + MIB
_GIVE_BACK_S, _KEPT_BYTES = 10.0, 4 * MIB
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    # More than the watches of one connection, so that other calls are never kept out.
    ("grpc.max_concurrent_streams", MOST_WATCHES + 100),
    # Received calls that have not begun: more are ended immediately.
    ("grpc.server.max_pending_requests", 1_000),
    ("grpc.server.max_pending_requests_hard_limit", 1_200),
    # gRPC's own estimate of a connection's capacity lets each client fill tens of MiB of this
    # process: 16 clients that push took 386 MiB of a bare server, with this 114.
    ("grpc.http2.bdp_probe", 0),
    # The bytes that a stream may buffer before its caller is admitted; a requested message opens
    # its own window. 1,100 streams that fill it need 9 MiB.
    ("grpc.http2.lookahead_bytes", 8 * 1_024),
    # Compressed messages are rejected: their decompressed size is not bounded by the sent bytes.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    # Connections that begin nothing end; those of clients are opened again by their next call.
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_connection_idle_ms", 20_000),
    # A chunk in one frame: with the default of 16 KiB each MiB wakes the process up to 64 times.
    ("grpc.http2.max_frame_size", 1_024 * 1_024),
    # Dead peers are found within 80 s; clients may ping every 30 s, also while idle.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class Server:
    """A gRPC server on one port. Used from one event loop.

    shared: other processes may listen on the port too, with the same setting. unauthenticated: gets
    the connections of admitted callers from the handlers.
    """

    def __init__(
        self,
        handlers: Sequence[grpc.GenericRpcHandler],
        unauthenticated: UnauthenticatedConnections,
        *,
        shared: bool,
    ) -> None:
        names = [service.full_name for service in SERVICES]
        calls = PublicCalls(Sockets().traffic, unauthenticated.called)
        self.health = Health(names, calls)
        # The default 1 lets a second server share the port without a word.
        options = (*_OPTIONS, ("grpc.so_reuseport", int(shared)))
        self._unauthenticated = unauthenticated
        self._beside: list[asyncio.Task[None]] = []
        self._server = grpc.aio.server(options=options)
        self._server.add_generic_rpc_handlers(
            (
                *handlers,
                self.health.handler(),
                *reflection_handlers([*names, HEALTH_SERVICE], calls),
            )
        )

    async def start(self, listen: str, tls: TlsFiles | None) -> int:
        """Listen and serve; return the port. Raises OSError when that cannot be."""
        try:
            if tls is None:
                port = self._server.add_insecure_port(listen)
            else:
                port = self._server.add_secure_port(listen, server_credentials(tls))
        except RuntimeError as error:
            message = f"cannot listen on {listen}; choose another address with --listen"
            raise OSError(message) from error
        await self._server.start()
        self._beside = [
            asyncio.create_task(_give_back_memory()),
            asyncio.create_task(self._unauthenticated.bound(port)),
        ]
        return port

    async def drain(
        self, delay: timedelta, grace: timedelta, end_watches: Callable[[], Awaitable[None]]
    ) -> None:
        """Stop without dropping a call.

        Health reports NOT_SERVING, and calls are still accepted for `delay` so that load balancers
        can detect it; then watches end, no new calls are accepted, and running ones have `grace`.
        """
        log("draining")
        self.health.drain()
        await asyncio.sleep(delay.total_seconds())
        await end_watches()
        await self._server.stop(grace.total_seconds())
        for task in self._beside:
            task.cancel()


async def _give_back_memory() -> None:
    """Return freed memory of connections and large messages to the system, after some time.

    The C library keeps freed memory between blocks that are in use.
    """
    least = resident_bytes()
    while True:
        await asyncio.sleep(_GIVE_BACK_S)
        if resident_bytes() > least + _KEPT_BYTES:
            await asyncio.to_thread(return_memory)
            least = resident_bytes()
