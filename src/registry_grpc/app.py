"""The one place that wires: settings in, a running registry out. Makes clocks, ids and secrets."""

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from registry_grpc import config, telemetry
from registry_grpc.config import Settings
from registry_grpc.domain.errors import DatabaseUnavailable, RegistryError
from registry_grpc.domain.limits import GIB, MIB, TransferLimits
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.migrate import is_current, migrate
from registry_grpc.services.access import Authentication, Tokens
from registry_grpc.services.alias import Aliases
from registry_grpc.services.answers import Answers
from registry_grpc.services.batch import Batches
from registry_grpc.services.blob import Blobs
from registry_grpc.services.change import Changes
from registry_grpc.services.garbage import Ages, Garbage
from registry_grpc.services.lookup import Lookups
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.registration import Registrations
from registry_grpc.services.stage import Stages
from registry_grpc.services.staging_area import StagingArea
from registry_grpc.services.tail import Tail
from registry_grpc.services.upload import Uploads
from registry_grpc.services.verification import Verification
from registry_grpc.services.version import Versions
from registry_grpc.services.watch import Watches
from registry_grpc.storage.open import open_blob_store
from registry_grpc.storage.sha256 import Sha256, libcrypto
from registry_grpc.transport.alias import AliasHandlers
from registry_grpc.transport.allocator import keep_buffers
from registry_grpc.transport.blob import BlobHandlers
from registry_grpc.transport.budget import Budget
from registry_grpc.transport.change import ChangeHandlers
from registry_grpc.transport.feed import Feed
from registry_grpc.transport.hub import Hub
from registry_grpc.transport.lookup import LookupHandlers
from registry_grpc.transport.memory import Memory
from registry_grpc.transport.methods import generic_handlers
from registry_grpc.transport.model import ModelHandlers
from registry_grpc.transport.namespace import NamespaceHandlers
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.server import Server
from registry_grpc.transport.stage import StageHandlers
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.tls import TlsFiles
from registry_grpc.transport.upload import UploadHandlers
from registry_grpc.transport.version import VersionHandlers
from registry_grpc.transport.watch import WatchHandlers

_CALL_CAP = timedelta(seconds=60)
_PROBE_EVERY = 2.0
_WAITING_CALLS = 1_000
_TRANSFER_THREADS = 16
_STREAM_BYTES = 256 * MIB
_ANSWER_BYTES = 64 * MIB


class NotMigratedError(Exception):
    """The database is not at the schema this release needs."""


def clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def uuid7() -> UUID:
    """Return a new UUIDv7 (RFC 9562, section 5.7): milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def open_facts(settings: Settings) -> SqlDatabase:
    """Open the database, creating the embedded one; raises NotMigratedError for another schema."""
    if settings.embedded_database:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(settings.database_url)
    elif not is_current(settings.database_url):
        message = "the database is not at this release's schema; run `registry-grpc migrate`"
        raise NotMigratedError(message)
    return open_database(settings.database_url, pool_size=settings.threads)


def tokens(database: SqlDatabase) -> Tokens:
    """Return the use cases of access tokens."""
    return Tokens(database, clock, uuid7, lambda: secrets.token_urlsafe(32))


def limits_of(settings: Settings) -> TransferLimits:
    """Return the transfer limits that settings ask for."""
    return TransferLimits(quota=settings.quota_gib * GIB)


def open_bytes(settings: Settings) -> BlobStore:
    """Open the blob store; raises StorageUnavailable or StorageFull when it cannot be used."""
    store = open_blob_store(settings.blobs_url, connections=4 * _TRANSFER_THREADS)
    store.check()
    return store


def _area(database: SqlDatabase, store: BlobStore) -> StagingArea:
    ttl = TransferLimits().upload_ttl
    return StagingArea(database, store, Sha256(libcrypto()), clock, ttl)


def garbage(settings: Settings) -> Garbage:
    """Return the use case of collecting garbage."""
    database, store = open_facts(settings), open_bytes(settings)
    return Garbage(database, store, _area(database, store), clock)


def verification(settings: Settings) -> Verification:
    """Return the use case of verifying blobs."""
    return Verification(open_facts(settings), open_bytes(settings))


@dataclass(frozen=True, slots=True)
class App:
    """Everything that runs: build it inside an event loop, then `start`, then `stop`."""

    settings: Settings
    database: SqlDatabase
    metrics: telemetry.Metrics
    pools: tuple[Threads, ...]
    server: Server
    garbage: Garbage
    tail: Tail
    hub: Hub

    @classmethod
    def build(cls, settings: Settings) -> "App":
        """Wire everything; nothing listens yet. Raises NotMigratedError, StorageUnavailable."""
        keep_buffers()
        database = open_facts(settings)
        store = open_bytes(settings)
        limits = limits_of(settings)
        answers, hub = Answers(_ANSWER_BYTES), Hub()
        feed = Feed(asyncio.get_running_loop(), answers, hub)
        tail = Tail(database, feed, time.monotonic)
        mutations = Mutations(database, clock, tail.catch_up)
        blobs = Blobs(database, store, clock, limits)
        batches = Batches(database, store, clock, uuid7, limits)
        area = _area(database, store)
        late = store.late_digest
        uploads = Uploads(database, mutations, area, clock, uuid7, limits, late_digest=late)
        metrics = telemetry.Metrics()
        calls = Threads("call", settings.threads, _WAITING_CALLS)
        transfers = Threads("transfer", _TRANSFER_THREADS, _WAITING_CALLS)
        authentication = Authentication(
            database, clock, time.monotonic, trust_loopback=settings.on_loopback
        )
        handlers = (
            NamespaceHandlers(Namespaces(database, mutations)),
            ModelHandlers(Models(database, mutations, uuid7)),
            VersionHandlers(Versions(database, mutations), Registrations(mutations, uuid7)),
            AliasHandlers(Aliases(database, mutations)),
            StageHandlers(Stages(database, mutations)),
            LookupHandlers(Lookups(database, clock)),
            ChangeHandlers(Changes(database)),
            WatchHandlers(Watches(database), hub, calls, lambda: tail.age),
            BlobHandlers(blobs, batches, metrics, late_digest=late),
            UploadHandlers(uploads, limits, transfers, Budget(_STREAM_BYTES), metrics),
        )
        memory = Memory(answers, calls, lambda: tail.age)
        pipeline = Pipeline(authentication, calls, transfers, metrics, _CALL_CAP, memory)
        server = Server(generic_handlers(pipeline, handlers), shared=settings.workers > 1)
        collector = Garbage(database, store, area, clock)
        pools = (calls, transfers)
        return cls(settings, database, metrics, pools, server, collector, tail, hub)

    async def start(self) -> int:
        """Listen and serve; return the port."""
        settings = self.settings
        await asyncio.to_thread(self.tail.start)
        tls = None
        if settings.tls_cert and settings.tls_key:
            tls = TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_client_ca)
        port = await self.server.start(settings.listen, tls)
        self.server.health.set(serving=True)
        return port

    async def stop(self) -> None:
        """Drain, then let everything go."""
        await self.server.drain(
            self.settings.drain_delay, self.settings.drain_grace, self.hub.drain
        )
        await asyncio.to_thread(self.tail.close)
        for pool in self.pools:
            await asyncio.to_thread(pool.close)
        self.database.dispose()

    async def watch_database(self) -> None:
        """Keep health and metrics saying whether the database answers, until cancelled."""
        while True:
            try:
                await self.pools[0].run(self._probe)
                alive = True
            except DatabaseUnavailable:
                alive = False
            self.server.health.set(serving=alive)
            self.metrics.database_up.set(alive)
            await asyncio.sleep(_PROBE_EVERY)

    async def collect_garbage(self) -> None:
        """Collect garbage every `gc_every`, until cancelled; a failure is logged."""
        every = self.settings.gc_every.total_seconds()
        ages = Ages(grace=self.settings.gc_grace)
        while every:
            # Not all servers at once, and not first of all when starting.
            await asyncio.sleep(every * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load
            try:
                found = await self.pools[1].run(self.garbage.collect, ages)
            except RegistryError as error:
                telemetry.log_failure("garbage collection failed", error)
            else:
                telemetry.log("garbage collected", found.counts())

    def _probe(self) -> None:
        with self.database.read():
            pass


async def serve(
    settings: Settings, started: Callable[[str], None], *, lifeline: int | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, then drain. `started` is called with HOST:PORT.

    lifeline: a pipe's descriptor that nothing is written to; its end is a reason to drain as well.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if lifeline is not None:
        _at_end_of(lifeline, stop.set)
    app = App.build(settings)
    stop_metrics = _serve_metrics(app)
    background = [
        asyncio.create_task(app.watch_database()),
        asyncio.create_task(app.collect_garbage()),
    ]
    try:
        port = await app.start()
        host, _ = config.split_listen("listen", settings.listen)
        started(config.join_listen(host, port))
        await stop.wait()
    finally:
        for task in background:
            task.cancel()
        await app.stop()
        stop_metrics()


def _at_end_of(lifeline: int, stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(lifeline)  # or it would be called again and again
        stop()

    loop.add_reader(lifeline, ended)


def _serve_metrics(app: App) -> Callable[[], None]:
    if not app.settings.metrics_listen:
        return lambda: None
    host, port = config.split_listen("metrics-listen", app.settings.metrics_listen)
    port, stop = app.metrics.serve(host, port)
    telemetry.log("metrics", {"listen": f"{host}:{port}", "path": "/metrics"})
    return stop
