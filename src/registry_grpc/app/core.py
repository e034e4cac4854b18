"""The parts that all services share: the database, its mutations, and the follower of its log."""

import asyncio
import time
from dataclasses import dataclass

from registry_grpc.app.opening import clock_guard, create_facts
from registry_grpc.app.sources import clock, history_id
from registry_grpc.config import Settings
from registry_grpc.domain.limits import MIB
from registry_grpc.engines.cel import open_expressions
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.authorizer import Authorizer
from registry_grpc.services.clock_guard import ClockGuard
from registry_grpc.services.log_follower import LogFollower
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.log_fanout import LogFanout
from registry_grpc.transport.watch_broadcaster import WatchBroadcaster

_ANSWER_BYTES = 64 * MIB
_REPLY_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class Core:
    """The argument of every `*_handlers` function of this package."""

    database: SqlDatabase
    mutations: Mutations
    expressions: Expressions
    schemas: JsonSchemaRules
    replies: ReplyMemory
    metrics: Metrics
    answers: LookupCache[bytes]
    broadcaster: WatchBroadcaster
    fanout: LogFanout
    follower: LogFollower
    authorizer: Authorizer
    clock_guard: ClockGuard

    @classmethod
    def open(cls, settings: Settings, authorizer: Authorizer) -> "Core":
        """Open the database, inside an event loop. Raises NotMigratedError."""
        guard = clock_guard(settings)
        database = create_facts(settings, guard)
        answers, broadcaster = LookupCache[bytes](_ANSWER_BYTES), WatchBroadcaster()
        fanout = LogFanout(asyncio.get_running_loop(), answers, broadcaster)
        follower = LogFollower(database, [fanout], time.monotonic, history_id)
        return cls(
            database,
            Mutations(database, clock, follower.catch_up),
            open_expressions(),
            JsonSchemaRules(),
            ReplyMemory(_REPLY_BYTES),
            Metrics(),
            answers,
            broadcaster,
            fanout,
            follower,
            authorizer,
            guard,
        )

    def log_age(self) -> float:
        """Return the seconds since cache and watches were current; 0 while they are."""
        return self.follower.age_of(self.fanout)
