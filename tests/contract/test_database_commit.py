"""Errors of a database state the outcome of the transaction: before, during and after COMMIT."""

import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry_grpc.domain.errors import (
    CommitUnknown,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    ModelAlreadyExists,
    RegistryError,
)
from registry_grpc.persistence import failures, sqlstate
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import migrate
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_model
from tests.support.postgres_away import own_postgres

UNAVAILABLE = (
    *("08000", "08001", "08003", "08004", "08006", "08007", "08P01"),
    *("25006", "42501", "25P03", "25P04", "28000", "28P01", "3D000"),
    *("40000", "40001", "40002", "40003", "40P01"),
    *("53000", "53100", "53200", "53300", "53400"),
    *("55000", "55006", "55P02", "55P03", "55P04"),
    *("57000", "57014", "57P01", "57P02", "57P03", "57P04", "57P05"),
    *("58000", "58030", "58P01", "58P02", "58P03"),
    *("72000", "F0000", "F0001", "XX001", "XX002"),
)
MISTAKES = (
    *("0A000", "22003", "22012", "23505", "25001", "25P02"),
    *("26000", "42601", "42P01", "XX000"),
)
# The statement or its data are wrong: a repeat fails in the same way.
MISTAKEN_CLASSES = {
    *("02", "03", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24"),
    *("25", "26", "27", "2B", "2D", "2F", "34", "38", "39", "3B", "3F", "42", "44", "54", "HV"),
    *("P0", "XX"),
}
# What COMMIT can be answered with, and whether the transaction is gone then.
ROLLED_BACK = ("23505", "40001", "40P01", "53100", "53200", "55P03", "57014", "58030")
IN_DOUBT = ("08006", "08007", "08P01", "40003", "57P01", "57P02", "57P03", "XX000", "XX001")
OTHERS: dict[str, type[RegistryError]] = {"53100": DatabaseFull, "25006": DatabaseReadOnly}
postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@postgresql
def test_each_sqlstate_is_an_outage_or_a_mistake(database_url: str) -> None:
    engines = open_engines(database_url)
    try:
        for code in UNAVAILABLE:
            expected = OTHERS.get(code, DatabaseUnavailable)
            with pytest.raises(expected), engines.writers.begin() as connection:
                connection.execute(_raising(code))
        for code in MISTAKES:
            with pytest.raises(DBAPIError), engines.writers.begin() as connection:
                connection.execute(_raising(code))
    finally:
        engines.dispose()


def test_each_sqlstate_that_the_driver_knows_is_listed_on_purpose() -> None:
    known = {
        kind.sqlstate
        for kind in vars(psycopg.errors).values()
        if isinstance(kind, type) and issubclass(kind, psycopg.Error) and kind.sqlstate
    }
    assert set(UNAVAILABLE) <= known
    others = {code[:2] for code in known if sqlstate.fault_kind(code) is None}
    assert others == MISTAKEN_CLASSES


@postgresql
def test_a_session_that_the_server_ends_for_idling_is_an_outage(
    database: SqlDatabase, database_url: str
) -> None:
    def idle() -> None:
        with database.change(lambda: START) as transaction:
            transaction.models.add(a_model())
            connection = transaction._connection  # noqa: SLF001 - a shorter limit, for this session
            session = connection.scalar(text("SELECT pg_backend_pid()"))
            connection.execute(text("SET idle_in_transaction_session_timeout = 1"))
            _wait_until_ended(database_url, session)

    with pytest.raises(DatabaseUnavailable):
        idle()
    assert _models(database) == []


@postgresql
@pytest.mark.parametrize("code", ROLLED_BACK)
def test_an_answer_to_commit_that_tells_of_a_rollback_is_believed(
    database: Database, database_url: str, code: str
) -> None:
    _fail_commits(database_url, code)
    kinds: dict[str, type[Exception]] = {"23505": IntegrityError, **OTHERS}
    expected = kinds.get(code, DatabaseUnavailable)
    with pytest.raises(expected), database.change(lambda: START) as transaction:
        transaction.models.add(a_model())
    assert _models(database) == []


@postgresql
@pytest.mark.parametrize("code", IN_DOUBT)
def test_an_answer_to_commit_that_tells_nothing_leaves_it_unknown(
    database: Database, database_url: str, code: str
) -> None:
    _fail_commits(database_url, code)
    with pytest.raises(CommitUnknown), database.change(lambda: START) as transaction:
        transaction.models.add(a_model())


def test_a_commit_that_no_standby_has_is_unknown_until_one_has(
    postgres_folder: Path, tmp_path: Path
) -> None:
    with own_postgres(postgres_folder / tmp_path.name) as server:
        url = server.get_uri()
        migrate(url)
        with open_database(url) as database, ThreadPoolExecutor(1) as pool:
            _wait_for_standbys(url, "nobody")
            waiting = pool.submit(_add_a_model, database)
            _cancel_what_waits_for_standbys(url)
            with pytest.raises(CommitUnknown):
                waiting.result()
            assert len(_models(database)) == 1
            _wait_for_standbys(url, "")
            with database.change(lambda: START) as transaction:
                transaction.models.add(a_model("other"))


@postgresql
def test_a_transaction_that_failed_is_not_committed_as_if_it_had_not(database: Database) -> None:
    def go_on() -> None:
        with database.change(lambda: START) as transaction:
            transaction.models.add(a_model())
            with pytest.raises(ModelAlreadyExists):
                transaction.models.add(a_model())

    with pytest.raises(RuntimeError, match="failed"):
        go_on()
    assert _models(database) == []


@pytest.mark.parametrize("kind", [psycopg.OperationalError, psycopg.InterfaceError])
def test_no_answer_to_commit_leaves_it_unknown(kind: type[psycopg.Error]) -> None:
    assert not failures.is_rolled_back(kind("server closed the connection unexpectedly"))


@pytest.mark.parametrize("severity", ["FATAL", "PANIC", ""])
def test_a_session_that_ends_with_commit_leaves_it_unknown(severity: str) -> None:
    assert not any(sqlstate.is_rolled_back(code, severity) for code in ROLLED_BACK)
    # But this one has ended before it read COMMIT.
    assert sqlstate.is_rolled_back("25P03", severity)


_FULL_FILE = """
import resource, signal, sys
from registry_grpc.domain.errors import CommitUnknown
from registry_grpc.persistence.database import open_database
from tests.contract.database_examples import START, a_model
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_database(f"sqlite:///{sys.argv[1]}") as database:
    try:
        with database.change(lambda: START) as transaction:
            transaction.models.add(a_model())
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    except CommitUnknown:
        print("unknown")
"""


def test_an_input_output_error_of_sqlite_during_commit_leaves_it_unknown(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(sqlite_template.read_bytes())
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    ran = subprocess.run(
        [sys.executable, "-c", _FULL_FILE, str(path)], check=True, capture_output=True, text=True
    )
    assert ran.stdout == "unknown\n"


def _raising(code: str) -> TextClause:
    return text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")


def _fail_commits(database_url: str, code: str) -> None:
    """Make PostgreSQL answer every COMMIT of a new model with an error of this code."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = {}; END $$"
            ).format(sql.Literal(code))
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON models "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
        )


def _wait_for_standbys(url: str, names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        setting = sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}")
        connection.execute(setting.format(sql.Literal(names)))
        connection.execute("SELECT pg_reload_conf()")
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SHOW synchronous_standby_names").fetchone() != (names,):
            pass


def _add_a_model(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        transaction.models.add(a_model())


def _cancel_what_waits_for_standbys(url: str) -> None:
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(cancel).fetchone() is None:
            pass


def _wait_until_ended(database_url: str, session: object) -> None:
    alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(database_url, autocommit=True) as connection:
        while connection.execute(alive, (session,)).fetchone() != (0,):
            pass


def _models(database: Database) -> list[object]:
    with database.read() as transaction:
        return list(transaction.models.page("default", None, None, 9, show_deleted=True))
