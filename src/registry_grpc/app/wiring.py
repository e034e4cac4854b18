"""The one place that wires: settings in, a running registry out."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from registry_grpc import telemetry
from registry_grpc.app.opening import (
    disk_space,
    limits_of,
    open_bytes,
    open_facts,
    staging_area,
)
from registry_grpc.app.sources import clock, history_id, uuid7
from registry_grpc.config import ADMISSION_THREADS, STRANGER_THREADS, Settings
from registry_grpc.domain.limits import MIB
from registry_grpc.engines.cel import open_expressions
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.access import Authentication, TokenUses
from registry_grpc.services.alias import Aliases
from registry_grpc.services.answers import Answers
from registry_grpc.services.attestation import Attestations
from registry_grpc.services.batch import Batches
from registry_grpc.services.blob import Blobs
from registry_grpc.services.change import Changes
from registry_grpc.services.evaluation import Evaluations
from registry_grpc.services.garbage import Garbage
from registry_grpc.services.life import Lives
from registry_grpc.services.lineage import Lineages
from registry_grpc.services.lineage_recording import LineageRecords
from registry_grpc.services.log_follower import LogFollower
from registry_grpc.services.lookup import Lookups
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.policy import Policies
from registry_grpc.services.refusal import Refusals
from registry_grpc.services.registration import Registrations
from registry_grpc.services.registration_schema import RegistrationSchemas
from registry_grpc.services.reply_room import ReplyRoom
from registry_grpc.services.room import Room
from registry_grpc.services.stage import Stages
from registry_grpc.services.stage_graph import StageGraphs
from registry_grpc.services.transitions.deciding import Decisions
from registry_grpc.services.transitions.reading import Transitions
from registry_grpc.services.transitions.requesting import Requests
from registry_grpc.services.transitions.rolling_back import Rollbacks
from registry_grpc.services.transitions.settling import Settlements
from registry_grpc.services.upload import Uploads
from registry_grpc.services.version import Versions
from registry_grpc.services.watch import Watches
from registry_grpc.storage.space import DiskSpace
from registry_grpc.transport.alias import AliasHandlers
from registry_grpc.transport.allocator import keep_buffers
from registry_grpc.transport.blob import BlobHandlers
from registry_grpc.transport.budget import Budget
from registry_grpc.transport.change import ChangeHandlers
from registry_grpc.transport.evaluation import EvaluationHandlers
from registry_grpc.transport.feed import Feed
from registry_grpc.transport.hub import Hub
from registry_grpc.transport.life import LifeHandlers
from registry_grpc.transport.lineage import LineageHandlers
from registry_grpc.transport.lookup import LookupHandlers
from registry_grpc.transport.memory import Memory
from registry_grpc.transport.methods import changing_methods, generic_handlers
from registry_grpc.transport.model import ModelHandlers
from registry_grpc.transport.namespace import NamespaceHandlers
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.policy import PolicyHandlers
from registry_grpc.transport.refusal import RefusalNotes
from registry_grpc.transport.registration_schema import RegistrationSchemaHandlers
from registry_grpc.transport.server import Server
from registry_grpc.transport.stage import StageHandlers
from registry_grpc.transport.stage_graph import StageGraphHandlers
from registry_grpc.transport.streaming import StreamLimits, Streams
from registry_grpc.transport.threads import Pools, Threads
from registry_grpc.transport.tls import TlsFiles
from registry_grpc.transport.transition import TransitionHandlers
from registry_grpc.transport.upload import UploadHandlers
from registry_grpc.transport.version import VersionHandlers
from registry_grpc.transport.watch import WatchHandlers

_CALL_CAP = timedelta(seconds=60)
_WAITING_CALLS = 1_000
_TRANSFER_THREADS = 16
_WAITING_STRANGERS = 200
_STREAM_BYTES = 64 * MIB
_STREAM_BYTES_EACH = 32 * MIB
_ANSWER_BYTES = 64 * MIB
_REPLY_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class App:
    """Everything that runs: build it inside an event loop, then `start`, then `stop`."""

    settings: Settings
    database: SqlDatabase
    space: DiskSpace
    metrics: telemetry.Metrics
    pools: tuple[Threads, ...]
    server: Server
    garbage: Garbage
    changes: Changes
    follower: LogFollower
    hub: Hub
    refusals: Refusals
    settlements: Settlements
    token_uses: TokenUses

    @classmethod
    def build(cls, settings: Settings) -> "App":
        """Wire everything; nothing listens yet. Raises NotMigratedError, StorageUnavailable."""
        keep_buffers()
        database = open_facts(settings)
        store = open_bytes(settings)
        limits = limits_of(settings)
        answers, hub = Answers(_ANSWER_BYTES), Hub()
        feed = Feed(asyncio.get_running_loop(), answers, hub)
        follower = LogFollower(database, [feed], time.monotonic, history_id)
        changes = Changes(database)
        mutations = Mutations(database, clock, follower.catch_up)
        area, space = staging_area(database, store), disk_space(settings)
        room = Room(space, database, area, clock, limits.upload_ttl)
        blobs = Blobs(database, store, clock, limits, room)
        batches = Batches(database, store, clock, uuid7, limits, room)
        late = store.late_digest
        uploads = Uploads(database, mutations, area, clock, uuid7, limits, room, late_digest=late)
        metrics = telemetry.Metrics()
        upload_bytes = Budget(_STREAM_BYTES, _STREAM_BYTES_EACH)
        pools = Pools(
            admission=Threads("admission", ADMISSION_THREADS, _WAITING_CALLS),
            strangers=Threads("stranger", STRANGER_THREADS, _WAITING_STRANGERS),
            calls=(calls := Threads("call", settings.threads, _WAITING_CALLS)),
            heavy=Threads("heavy", settings.heavy_threads, _WAITING_CALLS),
            transfers=(transfers := Threads("transfer", _TRANSFER_THREADS, _WAITING_CALLS)),
        )
        uses = TokenUses(database, clock)
        authentication = Authentication(
            *(database, clock, time.monotonic),
            trust_loopback=settings.on_loopback,
            used=uses.note,
        )
        replies = ReplyRoom(_REPLY_BYTES)
        rules = JsonSchemaRules()
        registrations = Registrations(database, mutations, uuid7, rules)
        schemas = RegistrationSchemas(database, mutations, rules, replies)
        expressions = open_expressions()
        handlers = (
            NamespaceHandlers(Namespaces(database, mutations)),
            ModelHandlers(Models(database, mutations, uuid7)),
            VersionHandlers(Versions(database, mutations, replies), registrations),
            AliasHandlers(Aliases(database, mutations)),
            StageHandlers(Stages(database, mutations, expressions)),
            TransitionHandlers(
                Requests(database, mutations, clock, uuid7, expressions),
                Decisions(mutations, expressions),
                Rollbacks(mutations, clock, uuid7),
                Transitions(database, clock, expressions),
            ),
            LineageHandlers(Lineages(database), LineageRecords(mutations)),
            RegistrationSchemaHandlers(schemas),
            EvaluationHandlers(
                Evaluations(database, mutations, uuid7), Attestations(database, mutations, uuid7)
            ),
            PolicyHandlers(Policies(database, mutations, expressions)),
            StageGraphHandlers(StageGraphs(database, mutations)),
            LifeHandlers(Lives(mutations)),
            LookupHandlers(Lookups(database, clock, replies)),
            ChangeHandlers(changes),
            WatchHandlers(
                Watches(database),
                hub,
                calls,
                lambda: follower.age_of(feed),
                snapshots=max(1, settings.threads // 4),
            ),
            BlobHandlers(blobs, batches, metrics, late_digest=late),
            UploadHandlers(uploads, limits, transfers, upload_bytes, metrics),
        )
        memory = Memory(answers, calls, lambda: follower.age_of(feed))
        refusals = Refusals(database, time.monotonic, metrics.refusals_omitted.inc)
        notes = RefusalNotes(refusals, clock, changing_methods())
        pipeline = Pipeline(authentication, pools, metrics, _CALL_CAP, memory, notes)
        streams = Streams(pipeline, _stream_limits(settings))
        table = generic_handlers(pipeline, streams, handlers)
        server = Server(table, pipeline.strangers, shared=settings.workers > 1)
        collector = Garbage(database, store, area, clock)
        metrics.observe(
            "registry_upload_bytes", "Held by upload streams now.", lambda: upload_bytes.held
        )
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
        metrics.observe("registry_watches", "Open watches.", lambda: len(hub))
        age = partial(follower.age_of, feed)
        metrics.observe("registry_log_age_seconds", "0 while the log is followed.", age)
        metrics.observe("registry_memory_bytes", "Answers in memory.", lambda: answers.size)
        observe_disks(metrics, space)
        return cls(
            settings,
            database,
            space,
            metrics,
            pools.each(),
            server,
            collector,
            changes,
            follower,
            hub,
            refusals,
            Settlements(database, mutations, clock, expressions),
            uses,
        )

    async def start(self) -> int:
        """Listen and serve; return the port."""
        settings = self.settings
        await asyncio.to_thread(self.follower.start)
        self.refusals.start()
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
        await asyncio.to_thread(self.follower.close)
        await asyncio.to_thread(self.refusals.close)
        for pool in self.pools:
            await asyncio.to_thread(pool.close)
        self.database.dispose()


def observe_disks(metrics: telemetry.Metrics, space: DiskSpace) -> None:
    """Show how much is free on each disk that is ours."""

    def observe(name: str, free: Callable[[], int | None]) -> None:
        if free() is not None:
            text = f"Bytes free on the disk of the {name}."
            metrics.observe(f"registry_{name}_disk_free_bytes", text, lambda: free() or 0)

    observe("database", lambda: space.database_free)
    observe("blobs", lambda: space.blobs_free)


def _stream_limits(settings: Settings) -> StreamLimits:
    return StreamLimits(
        settings.stream_idle.total_seconds(),
        reads=settings.caller_reads,
        writes=settings.caller_writes,
        watches=settings.caller_watches,
    )
