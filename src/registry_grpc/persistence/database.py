"""The facts: implements `registry_grpc.services.ports.database` on SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.pool import QueuePool

from registry_grpc.domain.change import RecordDigest
from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.work import current_work
from registry_grpc.persistence.engine import POOL_SIZE, WAIT, Engines, open_engines
from registry_grpc.persistence.failures import begun, commit
from registry_grpc.persistence.listener import PostgresSignals, SqliteSignals, SqlListener
from registry_grpc.persistence.schema import METADATA
from registry_grpc.persistence.transaction import (
    ClockCheck,
    SqlChange,
    SqlTransaction,
    believe_clock,
    no_digests,
)
from registry_grpc.persistence.writable import write_fault
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.space import Space

TABLES = METADATA
"""All tables: complete here, where every store is imported, and with it the tables beside it."""


class SqlDatabase:
    """Implements `registry_grpc.services.ports.database.Database`."""

    def __init__(
        self,
        engines: Engines,
        space: Space | None = None,
        digest: RecordDigest = no_digests,
        require_clock: ClockCheck = believe_clock,
    ) -> None:
        """Use `engines`; for the others see `open_database`."""
        self._require_clock = require_clock
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
            transaction = SqlChange(connection, self._digest, clock, self._require_clock)
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

    def write_fault(self) -> DatabaseFault | None:
        """Return why it accepts no changes; None if it does. Raises DatabaseUnavailable."""
        return write_fault(self._engines.readers)

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
    digest: RecordDigest = no_digests,
    require_clock: ClockCheck = believe_clock,
    listen_url: str = "",
) -> SqlDatabase:
    """Return the facts at `url`; nothing is connected yet.

    pool_size: how many transactions run at once, the number of threads that use it. wait: for a
    free connection or a lock, before DatabaseUnavailable. space: asked before each transaction that
    writes. digest: of the records that are changed; a process that changes none can do without.
    require_clock: called before a transaction adds to the log; it raises to stop that. listen_url:
    leads to PostgreSQL itself, where `url` leads to a pooler.
    Raises ValueError for a URL that is not SQLite's or PostgreSQL's.
    """
    engines = open_engines(url, pool_size=pool_size, wait=wait, listen_url=listen_url)
    return SqlDatabase(engines, space, digest, require_clock)


@contextmanager
def _begin(engine: Engine, *, writing: bool = True) -> Iterator[Connection]:
    try:
        with begun(engine) as (connection, transaction):
            yield connection
            if writing:
                # No change is committed yet: roll back when the caller has cancelled.
                current_work().require_wanted()
                commit(connection, transaction)
    except PendingRollbackError as error:
        # The connection broke, and the body went on as if nothing had happened.
        lost = DatabaseFault(FaultKind.UNREACHABLE, "the connection was lost in a transaction")
        raise DatabaseUnavailable(fault=lost) from error
