"""Checks of the database: it answers, its schema, encoding, clock, rights, tokens."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

from registry_grpc.app.doctor.finding import Check, Finding, failed, passed, warned
from registry_grpc.app.doctor.owner import foreign_owner
from registry_grpc.app.opening import clock_doubts, disk_space
from registry_grpc.app.sources import clock, uuid7
from registry_grpc.config import Settings
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.diagnosis import DatabaseFacts, database_facts
from registry_grpc.persistence.migrate import schema_state
from registry_grpc.persistence.schema_range import head, served_range

_UTF8: Final = frozenset({"UTF8", "UTF-8"})
_OFF: Final = timedelta(seconds=2)
_FAR_OFF: Final = timedelta(seconds=60)
_RESERVED: Final = 3  # connections that PostgreSQL keeps for its superusers
_GRANT = "`registry-grpc migrate --role ROLE` grants what a server needs"
_CREATE = "`registry-grpc token create NAME --role admin` creates one"
_REACH = "check that it runs, its address and login, then --database"


def database_checks(settings: Settings) -> list[Check]:
    """Return the checks; those that need a schema find out whether there is one."""
    url, file = settings.database_url, settings.database_file
    if file is not None and (foreign := foreign_owner(file)):
        found = failed("database", foreign, "run it as the user of the server")
        return [Check("database", lambda: [found])]

    def schema() -> Iterator[Finding]:
        state = schema_state(url)
        if state.revision is None:
            advice = "create it with `registry-grpc serve` or `registry-grpc migrate`"
            yield failed("schema", "there is no registry in this database", advice)
        elif refusal := state.refusal():
            yield failed("schema", refusal, "see Upgrades in docs/operations.md")
        elif state.revision != head():
            found = f"{state.revision}; this release serves {served_range()}"
            yield warned("schema", found, "when all servers are of this release, run `migrate`")
        else:
            yield passed("schema", f"{state.revision}, the newest of this release")

    return [
        Check("database", lambda: _facts(settings), _REACH),
        Check("schema", schema, _REACH, needs="database"),
        Check("rights", lambda: _rights(settings), _GRANT, needs="database"),
        Check("log", lambda: _log(settings), _REACH, needs="database"),
        Check("tokens", lambda: _tokens(settings), _REACH, needs="database"),
    ]


def _facts(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url
    shown = settings.described()["database"]
    if schema_state(url).revision is None and settings.database_file is not None:
        yield failed("database", f"no registry in {shown}", "check --data-dir and --database")
        return
    facts = database_facts(url)
    yield passed("database", f"{shown} answers: {facts.product}")
    if facts.encoding in _UTF8:
        yield passed("encoding", facts.encoding)
    else:
        advice = "create one with ENCODING 'UTF8' TEMPLATE template0, and move to it"
        yield failed("encoding", f"{facts.encoding} cannot store every text", advice)
    if facts.now is not None:
        yield _clock(clock() - facts.now)
        yield _connections(facts, settings)
        yield _pooler(facts, settings)


def _clock(off: timedelta) -> Finding:
    found = f"{off.total_seconds():+.1f} s from that of the database"
    if abs(off) <= _OFF:
        return passed("clock", found)
    advice = "synchronize both machines with NTP"
    return (failed if abs(off) > _FAR_OFF else warned)("clock", found, advice)


def _connections(facts: DatabaseFacts, settings: Settings) -> Finding:
    needed = (settings.connections + 2) * settings.workers
    most = facts.most_connections - _RESERVED
    found = f"{facts.connections} of {most} in use; this server needs up to {needed}"
    if needed > most:
        advice = "raise max_connections of PostgreSQL, or lower --threads or --workers"
        return failed("connections", found, advice)
    return passed("connections", found)


def _pooler(facts: DatabaseFacts, settings: Settings) -> Finding:
    if not facts.pooled:
        return passed("pooler", "none: PostgreSQL itself answers")
    found = "a pooler answers in place of PostgreSQL"
    if settings.listen_database:
        return passed("pooler", f"{found}; --listen-database leads past it")
    advice = "set --listen-database to the address of PostgreSQL, and migrate with that address"
    return warned("pooler", found, advice)


class _UndoError(Exception):
    """Rolls a transaction back."""


def _rights(settings: Settings) -> Iterator[Finding]:
    """Make a change, and roll it back."""
    if schema_state(settings.database_url).revision is None:
        return
    space = disk_space(settings)
    with open_database(settings.database_url, pool_size=1, space=space) as database:
        name = NamespaceName(f"doctor-{uuid7().hex}")
        row = Namespace(name, "", "doctor", clock(), 0)
        with suppress(_UndoError), database.write() as tx:
            tx.namespaces.add(row)
            raise _UndoError
    yield passed("rights", "changes are accepted (one was made and rolled back)")


def _log(settings: Settings) -> Iterator[Finding]:
    if schema_state(settings.database_url).revision is None:
        return
    with (
        open_database(settings.database_url, pool_size=1) as database,
        database.read() as tx,
    ):
        newest, held = tx.head, tx.log.held
    yield passed("log", f"revision {newest.revision} of history {newest.history}")
    doubts = clock_doubts(settings)
    if doubts:
        yield failed("log clock", doubts, "see `registry-grpc settle-clock`")
    if held:
        advice = "run `registry-grpc verify`, then `registry-grpc gc --release`"
        yield warned("collection", "suspended since a restore from a backup", advice)


def _tokens(settings: Settings) -> Iterator[Finding]:
    if schema_state(settings.database_url).revision is None:
        return
    with (
        open_database(settings.database_url, pool_size=1) as database,
        database.read() as tx,
    ):
        tokens = tx.tokens.all()
    active = sum(token.active(clock()) for token in tokens)
    if active:
        yield passed("tokens", f"{active} active")
    elif tokens:
        yield warned("tokens", f"none of {len(tokens)} is active: no caller is admitted", _CREATE)
    elif settings.on_loopback:
        found = "none: every program on this machine is an administrator"
        yield warned("tokens", found, _CREATE)
    else:
        yield warned("tokens", "none: no caller is admitted", _CREATE)
