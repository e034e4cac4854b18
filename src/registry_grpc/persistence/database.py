"""The facts: implements `registry_grpc.services.ports.database` on SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from typing_extensions import override

from registry_grpc.domain.change import Change, Event, RecordDigest, basic
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import DatabaseUnavailable, LimitExceeded
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import TRANSACTION_BYTES
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.version import Version
from registry_grpc.domain.work import current_work
from registry_grpc.persistence.alias import SqlAliases
from registry_grpc.persistence.attestation import SqlAttestations
from registry_grpc.persistence.blob import SqlBlobs
from registry_grpc.persistence.change import (
    advance_log,
    lock_log,
    newest,
    record_events,
    revision_at,
)
from registry_grpc.persistence.consumer import SqlConsumers
from registry_grpc.persistence.denied_request import SqlDeniedRequests
from registry_grpc.persistence.engine import POOL_SIZE, WAIT, Engines, open_engines
from registry_grpc.persistence.evaluation import SqlEvaluations
from registry_grpc.persistence.failures import commit
from registry_grpc.persistence.lineage import SqlLineage
from registry_grpc.persistence.listener import PostgresSignals, SqliteSignals, SqlListener
from registry_grpc.persistence.log import SqlLog
from registry_grpc.persistence.model import SqlModels
from registry_grpc.persistence.namespace import SqlNamespaces
from registry_grpc.persistence.policy import SqlPolicies
from registry_grpc.persistence.registration_schema import SqlRegistrationSchemas
from registry_grpc.persistence.replay import SqlReplays
from registry_grpc.persistence.schema import METADATA
from registry_grpc.persistence.stage import SqlStages
from registry_grpc.persistence.stage_graph import SqlStageGraphs
from registry_grpc.persistence.token import SqlTokens
from registry_grpc.persistence.transition import SqlTransitions
from registry_grpc.persistence.upload import SqlUploads
from registry_grpc.persistence.version import SqlVersions
from registry_grpc.persistence.version_list import SqlVersionLists
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.space import Space

_TICK = timedelta(microseconds=1)
_FEWER = "change fewer resources at once"


def _no_digests(_record: Resource | VersionDetail) -> Digest:
    message = "a database that changes resources is opened with `digest`"
    raise RuntimeError(message)


TABLES = METADATA
"""All tables: complete here, where every store is imported, and with it the tables beside it."""


class SqlTransaction(Transaction):
    """One transaction that does not change facts; it has no time and records nothing."""

    def __init__(self, connection: Connection, digest: RecordDigest = _no_digests) -> None:
        self._connection = connection
        self.namespaces = SqlNamespaces(connection)
        self.models = SqlModels(connection)
        self.versions = SqlVersions(connection, digest)
        self.version_lists = SqlVersionLists(connection)
        self.aliases = SqlAliases(connection)
        self.stages = SqlStages(connection)
        self.evaluations = SqlEvaluations(connection)
        self.attestations = SqlAttestations(connection)
        self.graphs = SqlStageGraphs(connection)
        self.policies = SqlPolicies(connection)
        self.lineage = SqlLineage(connection)
        self.registration_schemas = SqlRegistrationSchemas(connection)
        self.transitions = SqlTransitions(connection)
        self.blobs = SqlBlobs(connection)
        self.uploads = SqlUploads(connection)
        self.tokens = SqlTokens(connection)
        self.replays = SqlReplays(connection)
        self.log = SqlLog(connection)
        self.consumers = SqlConsumers(connection)
        self.denied_requests = SqlDeniedRequests(connection)

    @property
    @override
    def revision(self) -> int:
        """The newest revision this transaction sees."""
        return self.head.revision

    @property
    @override
    def head(self) -> Position:
        """The newest position this transaction sees."""
        return newest(self._connection).position

    @property
    @override
    def time(self) -> datetime:
        """Only a change has one: raises RuntimeError."""
        message = "only a change has a time"
        raise RuntimeError(message)

    @override
    def record(self, changes: Sequence[Change]) -> None:
        """Only a change records: raises RuntimeError."""
        message = f"only a change records; {len(changes)} were given"
        raise RuntimeError(message)

    @override
    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision whose time is not after `moment`; 0 when there is none."""
        return revision_at(self._connection, moment)


class _SqlChange(SqlTransaction):
    """A transaction that changes facts; it has the lock of the counter."""

    def __init__(self, connection: Connection, digest: RecordDigest, clock: Clock) -> None:
        super().__init__(connection, digest)
        self._digest = digest
        last = lock_log(connection)
        self._head = last.position
        self._time = max(clock(), last.time + _TICK)
        self._recorded = 0
        self._bytes = 0

    @property
    @override
    def revision(self) -> int:
        """The revision this change takes if it records anything."""
        return self._head.revision + 1

    @property
    @override
    def head(self) -> Position:
        """The position this change builds upon."""
        return self._head

    @property
    @override
    def time(self) -> datetime:
        """Its moment, later than that of every earlier revision."""
        return self._time

    @override
    def record(self, changes: Sequence[Change]) -> None:
        """Add to the log, at this transaction's revision and time; raises LimitExceeded."""
        first = self._recorded
        events = [self._event(change, index) for index, change in enumerate(changes, first)]
        self._bytes += sum(map(most_encoded, events))
        if self._bytes > TRANSACTION_BYTES:
            limit = "size in bytes of the changes of one transaction"
            raise LimitExceeded(limit, TRANSACTION_BYTES, self._bytes, _FEWER)
        if events:
            record_events(self._connection, events)
        self._recorded += len(events)

    def _event(self, change: Change, index: int) -> Event:
        """Return a change as it is kept."""
        before, after = change.before, change.after
        kept = replace(
            change,
            before=None if before is None else basic(before),
            after=None if after is None else basic(after),
        )
        digests = self._record_digest(before), self._record_digest(after)
        return Event(self.revision, index, self._time, kept, *digests)

    def _record_digest(self, resource: Resource | None) -> Digest | None:
        if isinstance(resource, Version) and resource.detail_digest is None:
            stored = self.versions.detail_digest(resource.uid)
            resource = replace(resource, detail_digest=stored)
        return None if resource is None else self._digest(resource)

    def finish(self) -> None:
        """Take the revision, if anything was recorded."""
        if self._recorded:
            advance_log(self._connection, self.revision, self._time)


class SqlDatabase:
    """Implements `registry_grpc.services.ports.database.Database`."""

    def __init__(
        self, engines: Engines, space: Space | None = None, digest: RecordDigest = _no_digests
    ) -> None:
        """Use `engines`; for the others see `open_database`."""
        self._engines = engines
        self._space = space
        self._digest = digest

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A consistent snapshot; writing in it fails."""
        with _begin(self._engines.readers, writing=False) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def write(self, *, frees: bool = False) -> Iterator[SqlTransaction]:
        """A transaction for what is not part of the log."""
        self._require_space(frees=frees)
        with _begin(self._engines.writers) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def change(self, clock: Clock, *, frees: bool = False) -> Iterator[SqlTransaction]:
        """A transaction that changes facts, one after the other."""
        self._require_space(frees=frees)
        with _begin(self._engines.writers) as connection:
            transaction = _SqlChange(connection, self._digest, clock)
            yield transaction
            transaction.finish()

    def detail_digest(self, detail: VersionDetail) -> Digest:
        """Return the digest that a version with this detail is stored with."""
        return self._digest(detail)

    def _require_space(self, *, frees: bool) -> None:
        if self._space is not None and frees:
            self._space.recover()
        elif self._space is not None:
            self._space.require_database()

    @property
    def connections_in_use(self) -> int:
        """The connections of the pools that run a transaction now."""
        pools = {engine.pool for engine in (self._engines.readers, self._engines.writers)}
        return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))

    def listener(self) -> SqlListener:
        """Return a listener for possible changes; it connects later."""
        engine = self._engines.listeners
        postgresql = engine.dialect.name == "postgresql"
        return SqlListener(engine, PostgresSignals() if postgresql else SqliteSignals())

    def dispose(self) -> None:
        """Close the connections that are not in use; those in use close when they are done."""
        self._engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.dispose()


def open_database(
    url: str,
    *,
    pool_size: int = POOL_SIZE,
    wait: timedelta = WAIT,
    space: Space | None = None,
    digest: RecordDigest = _no_digests,
) -> SqlDatabase:
    """Return the facts at `url`; nothing is connected yet.

    pool_size: how many transactions run at once, the number of threads that use it. wait: for a
    free connection or a lock, before DatabaseUnavailable. space: asked before each transaction that
    writes. digest: of the records that are changed; a process that changes none can do without.
    Raises ValueError for a URL that is not SQLite's or PostgreSQL's.
    """
    return SqlDatabase(open_engines(url, pool_size=pool_size, wait=wait), space, digest)


@contextmanager
def _begin(engine: Engine, *, writing: bool = True) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except PoolTimeout as error:
        raise DatabaseUnavailable from error
    try:
        with connection, connection.begin() as transaction:
            yield connection
            if writing:
                # No change is committed yet: roll back when the caller has cancelled.
                current_work().require_wanted()
                commit(connection, transaction)
    except PendingRollbackError as error:
        # The connection broke, and the body went on as if nothing had happened.
        raise DatabaseUnavailable from error
