"""Composes a running registry from its settings; the only module that does."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from registry_grpc import telemetry
from registry_grpc.app.artifacts import Artifacts
from registry_grpc.app.catalog import catalog_handlers
from registry_grpc.app.core import Core
from registry_grpc.app.deployment import DeploymentParts
from registry_grpc.app.governance import governance_handlers
from registry_grpc.app.lookup import lineage_handlers, lookup_handlers
from registry_grpc.app.monitoring import MonitoringParts
from registry_grpc.app.route import route_handlers
from registry_grpc.app.sources import clock
from registry_grpc.config import ADMISSION_THREADS, UNKNOWN_THREADS, Settings
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.access import Authentication, TokenUses
from registry_grpc.services.authorizer import Authorizer, RoleAuthorizer
from registry_grpc.services.change import Changes
from registry_grpc.services.clock_guard import ClockGuard
from registry_grpc.services.denied_request import DeniedRequestRecorder
from registry_grpc.services.garbage import Garbage
from registry_grpc.services.log_follower import LogFollower
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.transitions.due import DueTransitions
from registry_grpc.services.usage import Usage
from registry_grpc.storage.space import DiskSpace
from registry_grpc.telemetry.operation import OperationMetrics
from registry_grpc.transport.allocator import keep_buffers
from registry_grpc.transport.denied_request import DeniedRequestReporter
from registry_grpc.transport.methods import generic_handlers
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import ReadCache
from registry_grpc.transport.server import Server
from registry_grpc.transport.streaming import StreamLimits, Streams
from registry_grpc.transport.threads import Pools, Threads
from registry_grpc.transport.tls import TlsFiles
from registry_grpc.transport.watch_broadcaster import WatchBroadcaster

_CALL_CAP = timedelta(seconds=60)
_WAITING_CALLS = 1_000
_TRANSFER_THREADS = 16
_WAITING_UNKNOWN = 200


@dataclass(frozen=True, slots=True)
class App:
    """A whole server: create it inside an event loop, then call `start`, then `stop`."""

    settings: Settings
    database: SqlDatabase
    store: BlobStore
    space: DiskSpace
    usage: Usage
    metrics: telemetry.Metrics
    readiness: telemetry.Readiness
    pools: tuple[Threads, ...]
    server: Server
    garbage: Garbage
    changes: Changes
    follower: LogFollower
    broadcaster: WatchBroadcaster
    denied_requests: DeniedRequestRecorder
    settlements: DueTransitions
    token_uses: TokenUses
    clock_guard: ClockGuard
    deployments: DeploymentParts
    monitoring: MonitoringParts

    @classmethod
    def build(cls, settings: Settings, authorizer: Authorizer | None = None) -> "App":
        """Compose the server without listening. Raises NotMigratedError or StorageUnavailable.

        authorizer: decides what callers may do; by default from their roles.
        """
        keep_buffers()
        core = Core.open(settings, authorizer or RoleAuthorizer())
        pools = _pools(settings)
        artifacts = Artifacts.open(core, settings, pools.transfers)
        deployments = DeploymentParts.open(core, pools.calls)
        monitoring = MonitoringParts.open(core)
        handlers = (
            *catalog_handlers(core, artifacts.limits, artifacts.copies),
            *governance_handlers(core),
            *lineage_handlers(core),
            *route_handlers(core),
            *deployments.handlers,
            *monitoring.handlers,
            *lookup_handlers(core, settings, pools.calls),
            *artifacts.handlers,
        )
        database, metrics = core.database, core.metrics
        uses = TokenUses(database, clock)
        authentication = Authentication(
            *(database, clock, time.monotonic),
            trust_loopback=settings.on_loopback,
            used=uses.note,
        )
        memory = ReadCache(core.answers, pools.calls, core.log_age)
        omitted = metrics.denied_requests_omitted.inc
        denied_requests = DeniedRequestRecorder(database, time.monotonic, omitted)
        notes = DeniedRequestReporter(denied_requests, clock)
        pipeline = Pipeline(
            authentication, core.authorizer, pools, metrics, _CALL_CAP, memory, notes
        )
        streams = Streams(pipeline, _stream_limits(settings))
        table = generic_handlers(pipeline, streams, handlers)
        server = Server(table, pipeline.unauthenticated, shared=settings.workers > 1)
        _observe(core, pipeline, streams)
        sessions = deployments.sessions
        metrics.observe("registry_instances", "Instances that report here.", lambda: len(sessions))
        _observe_pools(metrics.operation, settings, database, pools)
        return cls(
            settings,
            database,
            artifacts.store,
            artifacts.space,
            artifacts.usage,
            metrics,
            telemetry.Readiness(),
            pools.each(),
            server,
            artifacts.garbage,
            Changes(database),
            core.follower,
            core.broadcaster,
            denied_requests,
            DueTransitions(database, core.mutations, clock, core.expressions),
            uses,
            core.clock_guard,
            deployments,
            monitoring,
        )

    async def start(self) -> int:
        """Listen and serve; return the port."""
        settings = self.settings
        await asyncio.to_thread(self.follower.start)
        await asyncio.to_thread(self._look_at_clock)
        self.denied_requests.start()
        tls = None
        if settings.tls_cert and settings.tls_key:
            tls = TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_client_ca)
        port = await self.server.start(settings.listen, tls)
        self.server.health.set(serving=True)
        self.readiness.report("serving")
        return port

    def _look_at_clock(self) -> None:
        with self.database.read() as tx:
            self.clock_guard.doubts(tx)

    async def stop(self) -> None:
        """Drain, then release all resources."""
        self.readiness.report("serving", "draining")
        await self.server.drain(
            self.settings.drain_delay, self.settings.drain_grace, self._end_streams
        )
        await asyncio.to_thread(self.follower.close)
        await asyncio.to_thread(self.denied_requests.close)
        for pool in self.pools:
            await asyncio.to_thread(pool.close)
        self.database.dispose()

    async def _end_streams(self) -> None:
        self.deployments.sessions.drain()
        await self.broadcaster.drain()


def _pools(settings: Settings) -> Pools:
    return Pools(
        admission=Threads("admission", ADMISSION_THREADS, _WAITING_CALLS),
        unknown=Threads("unknown", UNKNOWN_THREADS, _WAITING_UNKNOWN),
        calls=Threads("call", settings.threads, _WAITING_CALLS),
        heavy=Threads("heavy", settings.heavy_threads, _WAITING_CALLS),
        transfers=Threads("transfer", _TRANSFER_THREADS, _WAITING_CALLS),
    )


def _observe(core: Core, pipeline: Pipeline, streams: Streams) -> None:
    metrics = core.metrics
    metrics.observe(
        "registry_message_bytes",
        "Held by large messages of unary calls now.",
        lambda: pipeline.receiving.held,
    )
    metrics.observe(
        "registry_read_bytes",
        "Held by ReadBlob streams now.",
        lambda: streams.sending.held + streams.ahead.held,
    )
    metrics.observe(
        "registry_reply_bytes",
        "Bytes of large replies that are built, or that callers have not taken yet.",
        lambda: pipeline.outgoing.held,
    )
    metrics.observe("registry_watches", "Open watches.", lambda: len(core.broadcaster))
    metrics.observe("registry_log_age_seconds", "0 while the log is followed.", core.log_age)
    metrics.observe("registry_memory_bytes", "Answers in memory.", lambda: core.answers.size)


def _observe_pools(
    metrics: OperationMetrics, settings: Settings, database: SqlDatabase, pools: Pools
) -> None:
    for pool in pools.each():
        metrics.pool(pool.name, pool.size, lambda pool=pool: pool.taken)  # type: ignore[misc]
    metrics.connections(settings.connections, lambda: database.connections_in_use)


def _stream_limits(settings: Settings) -> StreamLimits:
    return StreamLimits(
        settings.stream_idle.total_seconds(),
        reads=settings.caller_reads,
        writes=settings.caller_writes,
        watches=settings.caller_watches,
        reports=settings.caller_reports,
    )
