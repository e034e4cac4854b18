"""A clock that is wrong once stamps no change: changes stop until it is right, or settled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.persistence.database import open_database
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.faults.crew import until
from tests.support.moved_clock import MovedClock
from tests.support.python import run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal

YEAR_AHEAD = timedelta(days=400)
IN_DOUBT = "the clock of this machine is in doubt"


@pytest.fixture
def clock(tmp_path: Path) -> MovedClock:
    """A clock that is right until a test moves it."""
    return MovedClock(tmp_path / "offset")


@pytest.fixture
def server(database_url: str, tmp_path: Path, clock: MovedClock) -> Iterator[RegistryProcess]:
    """A server with this clock, not yet started."""
    options = ("--database", database_url)
    made = RegistryProcess(tmp_path / "registry", options, program=clock.program)
    yield made
    made.stop()


def test_a_start_with_a_clock_that_is_wrong_stamps_nothing(
    server: RegistryProcess, clock: MovedClock
) -> None:
    server.start()
    with connected(server.target) as stubs:
        first = a_model(stubs)
        until(lambda: _is_kept(server))
    server.stop()
    clock.move(YEAR_AHEAD)
    server.start()
    with connected(server.target) as stubs:
        assert _refusal(stubs) == ("UNAVAILABLE", "CLOCK_UNSETTLED")
        assert _models(stubs) == [first]
        until(lambda: IN_DOUBT in server.log)
        assert "400 days ahead of" in server.log
        clock.move(timedelta())
        second = a_model(stubs)
        assert _models(stubs) == sorted([first, second])
        assert _newest(stubs).time.ToDatetime(UTC) < datetime.now(UTC) + timedelta(days=1)


def test_a_change_of_a_command_is_enough_to_doubt_a_clock_that_jumps_after_it(
    database_url: str, clock: MovedClock
) -> None:
    def create() -> tuple[int, str]:
        arguments = ("token", "create", "ann", "--database", database_url)
        done = run_python((*clock.program, *arguments))
        return done.returncode, done.stderr

    assert create()[0] == 0
    clock.move(YEAR_AHEAD)
    code, said = create()
    assert (code, IN_DOUBT in said, "400 days ahead of" in said) == (10, True, True), said
    clock.move(timedelta())
    assert create()[0] == 0


def test_an_operator_settles_a_jump_that_only_the_bound_of_the_server_doubts(
    database_url: str, tmp_path: Path, clock: MovedClock
) -> None:
    options = ("--database", database_url, "--max-clock-jump", "3600")
    server = RegistryProcess(tmp_path / "registry", options, program=clock.program).start()
    try:
        with connected(server.target) as stubs:
            a_model(stubs)
            until(lambda: _is_kept(server))
            clock.move(timedelta(hours=2))
            assert _refusal(stubs) == ("UNAVAILABLE", "CLOCK_UNSETTLED")
            settle = (*clock.program, "settle-clock", "--database", database_url)
            shown = run_python(settle)
            assert (shown.returncode, "lower --max-clock-jump" in shown.stdout) == (0, True)
            if database_url.startswith("postgresql"):
                return  # the clock of its own server differs, whatever is settled
            assert run_python((*settle, "--yes")).returncode == 0
            a_model(stubs)
    finally:
        server.stop()


def test_a_jump_while_the_server_runs_stops_changes_until_an_operator_settles_it(
    server: RegistryProcess, clock: MovedClock, database_url: str
) -> None:
    def settle(*arguments: str) -> tuple[int, str]:
        done = run_python((*clock.program, "settle-clock", "--database", database_url, *arguments))
        return done.returncode, done.stdout + done.stderr

    server.start()
    with connected(server.target) as stubs:
        model = a_model(stubs)
        a_version(stubs, model)
        for offset, where in ((YEAR_AHEAD, "ahead of"), (timedelta(), "behind")):
            clock.move(offset)
            until(lambda: _refusal(stubs) == ("UNAVAILABLE", "CLOCK_UNSETTLED"))
            code, said = settle()
            assert code == 1
            assert where in said
            if database_url.startswith("postgresql") and offset:
                # The two clocks differ: an operator has to correct one.
                code, said = settle("--yes")
                assert (code, "the clock of the database's server" in said) == (10, True)
                return
            assert settle("--yes")[0] == 0
            until(lambda: _refusal(stubs) is None)
        # The log is ahead of the clock now, and knows what was true at its times.
        then = _newest(stubs).time
        request = lookup.ResolveVersionRequest(ref=f"{model.rpartition('/')[2]}/1", as_of=then)
        resolved = stubs.ResolveVersion(request)
        assert resolved.version.name.startswith(model)


def _is_kept(server: RegistryProcess) -> bool:
    with open_database(server.options[1]) as database, database.read() as tx:
        return tx.clock_marks.newest_mark() is not None


def _refusal(stubs: Stubs) -> tuple[str, str] | None:
    request = catalog.CreateModelRequest(parent=NAMESPACE, model_id=f"m-{uuid4().hex}")
    try:
        stubs.CreateModel(request)
    except grpc.RpcError as error:
        found = refusal(error)
        return found.code, found.reason
    return None


def _models(stubs: Stubs) -> list[str]:
    found = stubs.ListModels(catalog.ListModelsRequest(parent=NAMESPACE))
    return sorted(model.name for model in found.models)


def _newest(stubs: Stubs) -> lookup.ChangeEvent:
    request = lookup.ListChangesRequest(parent=NAMESPACE, audit=True, newest_first=True)
    newest: lookup.ChangeEvent = stubs.ListChanges(request).events[0]
    return newest
