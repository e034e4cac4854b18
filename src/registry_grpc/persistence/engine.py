"""Engines: how connections to each database are made and how they begin transactions.

SQLite has two pools on one file. Readers cannot write; writers share one connection, because
SQLite has one writer at a time and a queue is fairer than polling for its lock. PostgreSQL has one
pool, read with the snapshots of REPEATABLE READ. Listeners have connections of their own.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from registry_grpc.persistence.database_url import parse_url
from registry_grpc.persistence.failures import watch
from registry_grpc.persistence.filter_text import add_number_order
from registry_grpc.persistence.postgresql_session import (
    limit_transactions,
    prepare_nothing_behind_poolers,
)
from registry_grpc.persistence.sqlite_file import DatabaseFile
from registry_grpc.persistence.statement_cancel import cancel_with_calls
from registry_grpc.persistence.statement_work import count_postgresql, count_sqlite

POOL_SIZE = 8
WAIT = timedelta(seconds=10)
_CONNECT_TIMEOUT = timedelta(seconds=5)
_PEER_TIMEOUT = timedelta(seconds=15)
# Of libpq's own, none of which is sent but the last two. A pooler accepts these.
_POSTGRESQL: Mapping[str, str | int] = {
    "connect_timeout": round(_CONNECT_TIMEOUT.total_seconds()),
    "application_name": "registry-grpc",
    "client_encoding": "utf8",  # whatever PGCLIENTENCODING and the server have
}
# Nothing is sent while listening, so a peer that vanished is only noticed by asking after it.
_KEEPALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 2}
_RECYCLE = timedelta(minutes=30)
BUSY_TIMEOUT = timedelta(seconds=5)
_AGAIN_SECONDS = 0.01
# A manifest of 20,000 files takes a second to insert.
_WRITERS_SHARE = 0.1
_INTO_WAL = "PRAGMA journal_mode=WAL"
_SQLITE_PRAGMAS = (
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
)


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of reading transactions, writing transactions, and listeners."""

    readers: Engine
    writers: Engine
    listeners: Engine

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        self.readers.dispose()
        self.writers.dispose()
        self.listeners.dispose()


def open_engines(
    url: str,
    *,
    pool_size: int = POOL_SIZE,
    wait: timedelta = WAIT,
    busy: timedelta = BUSY_TIMEOUT,
    listen_url: str = "",
) -> Engines:
    """Return engines for `url`; nothing is connected yet. Raise ValueError for other URLs.

    busy: how long a transaction waits, at most `wait`, for another writer of a SQLite file.
    listen_url: for listeners, where `url` leads to a pooler.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, pool_size, wait, min(wait, busy))
    return _postgresql(parsed, pool_size, wait, parse_url(listen_url) if listen_url else parsed)


def _sqlite(url: URL, pool_size: int, wait: timedelta, patience: timedelta) -> Engines:
    file = DatabaseFile(str(url.database))
    busy = f"PRAGMA busy_timeout={_milliseconds(patience)}"

    def engine(begin: str, *pragmas: str, **pool: object) -> Engine:
        made = create_engine(url, hide_parameters=True, json_serializer=_dumps, **pool)
        add_number_order(made)
        _prepare_sqlite(made, begin, (busy, *_SQLITE_PRAGMAS, *pragmas), patience)
        file.follow(made)
        watch(made)
        return made

    read_only = "PRAGMA query_only=ON"
    # A plain BEGIN that writes later fails at once when another writer was first.
    readers = engine("BEGIN", read_only, **_pool(pool_size, wait))
    count_sqlite(readers)
    writers = engine("BEGIN IMMEDIATE", **_pool(1, wait))
    count_sqlite(writers, share=_WRITERS_SHARE)
    return Engines(
        readers=readers,
        writers=writers,
        listeners=engine("BEGIN", read_only, poolclass=NullPool),
    )


def _pool(size: int, wait: timedelta) -> dict[str, object]:
    return {"pool_size": size, "max_overflow": 0, "pool_timeout": wait.total_seconds()}


def _prepare_sqlite(
    engine: Engine, begin: str, pragmas: Sequence[str], patience: timedelta
) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        _into_wal(cursor, time.monotonic() + patience.total_seconds())
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _into_wal(cursor: DBAPICursor, deadline: float) -> None:
    # A new file changes its journal mode once. Of connections that do so concurrently, all but one
    # fail with SQLITE_BUSY at once for any busy_timeout: SQLite does not wait if it might deadlock.
    while True:
        try:
            cursor.execute(_INTO_WAL)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _postgresql(url: URL, pool_size: int, wait: timedelta, listen_url: URL) -> Engines:
    arguments = {**_POSTGRESQL, "tcp_user_timeout": _milliseconds(_PEER_TIMEOUT)}
    writers = create_engine(
        url,
        pool_pre_ping=True,
        pool_recycle=_RECYCLE.total_seconds(),
        hide_parameters=True,
        json_serializer=_dumps,
        connect_args=arguments,
        **_pool(pool_size, wait),
    )
    watch(writers)
    prepare_nothing_behind_poolers(writers)
    cancel_with_calls(writers)
    limit_transactions(writers, wait)
    readers = writers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    count_postgresql(readers)
    listeners = create_engine(
        listen_url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={**arguments, **_KEEPALIVE, "prepare_threshold": None},
    )
    watch(listeners)
    return Engines(readers=readers, writers=writers, listeners=listeners)


def _milliseconds(value: timedelta) -> int:
    return value // timedelta(milliseconds=1)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
