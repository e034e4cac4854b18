"""The life of the gRPC server: options, ports, drain."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import grpc

from registry_grpc.domain.limits import MESSAGE_BYTES
from registry_grpc.telemetry import log
from registry_grpc.transport.health import SERVICE as HEALTH_SERVICE
from registry_grpc.transport.health import Health
from registry_grpc.transport.methods import SERVICES
from registry_grpc.transport.reflection import reflection_handlers
from registry_grpc.transport.tls import TlsFiles, server_credentials

# A manifest of 20,000 files with long paths fits.
MAX_REQUEST_BYTES = MESSAGE_BYTES
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_concurrent_streams", 1_000),
    # gRPC's own estimate of a connection's capacity lets each client fill tens of MiB of this
    # process: 16 clients that push took 386 MiB of a bare server, with this 114. A stream has the
    # message that is being read and this much on its way: about 1.2 MiB for each round trip.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 256 * 1_024),
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

    shared: other processes, which are to do the same, may listen on the port too.
    """

    def __init__(self, handlers: Sequence[grpc.GenericRpcHandler], *, shared: bool) -> None:
        names = [service.full_name for service in SERVICES]
        self.health = Health(names)
        # The default 1 lets a second server share the port without a word.
        options = (*_OPTIONS, ("grpc.so_reuseport", int(shared)))
        self._server = grpc.aio.server(options=options)
        self._server.add_generic_rpc_handlers(
            (
                *handlers,
                self.health.handler(),
                *reflection_handlers([*names, HEALTH_SERVICE]),
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
            message = f"cannot listen on {listen}"
            raise OSError(message) from error
        await self._server.start()
        return port

    async def drain(
        self, delay: timedelta, grace: timedelta, end_watches: Callable[[], Awaitable[None]]
    ) -> None:
        """Stop without dropping a call.

        Health says NOT_SERVING, calls are still taken for `delay` so that load balancers can hear
        of it, then watches are ended, no new calls are taken, and running ones have `grace` to end.
        """
        log("draining")
        self.health.drain()
        await asyncio.sleep(delay.total_seconds())
        await end_watches()
        await self._server.stop(grace.total_seconds())
