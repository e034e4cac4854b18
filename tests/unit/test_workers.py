"""Supervision with small programs as workers; tests/e2e/test_workers.py has real servers."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.config import Settings, split_listen
from registry_grpc.domain.secret import Secret
from registry_grpc.telemetry import LOGGER
from registry_grpc.workers import Supervisor, reserved, settings_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers need Linux")

PATIENCE = 30
# Each leaves its process id, its environment and why it ended in files named by its number.
WORKER = """
import json, os, pathlib, signal, sys
number, folder = sys.argv[2], pathlib.Path(sys.argv[1])
place = folder / f"{number}-{os.getpid()}"
place.with_suffix(".new").write_text(json.dumps(dict(os.environ)))
place.with_suffix(".new").rename(place)
"""
LISTEN = "os.write(1, b'listening')\nos.close(1)\nsys.stdin.read()\n"
ENDS_WHEN_ASKED = WORKER + LISTEN
IS_STUBBORN = WORKER + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LISTEN
FIRST_LISTENS = WORKER + "if number == '1': sys.exit(3)\n" + LISTEN
LISTENS_WITHOUT_BREAK = WORKER + "if (folder / 'break').exists(): sys.exit(4)\n" + LISTEN
LISTENS_ONCE = WORKER + "if len(list(folder.glob(f'{number}-*'))) > 1: sys.exit(4)\n" + LISTEN


class Lines(logging.Handler):
    """Keeps the fields of every line."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[explicit-override]
        self.fields.append({"message": record.getMessage(), **getattr(record, "fields", {})})

    def of(self, message: str) -> list[dict[str, object]]:
        return [line for line in self.fields if line["message"] == message]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, level = Lines(), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    yield handler
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(level)


class Crew:
    """A supervisor that runs, and what can be seen of its workers."""

    def __init__(self, folder: Path, program: str, settings: Settings) -> None:
        self.folder = folder
        self.stop = asyncio.Event()
        self.started = 0
        command = (sys.executable, "-c", program, str(folder))
        self._supervisor = Supervisor(settings, command, os.environ)

    async def run(self) -> None:
        await self._supervisor.run(self.stop, self._tell)

    def _tell(self) -> None:
        self.started += 1

    def pids(self, number: int | str = "*") -> set[int]:
        """The processes that were ever started."""
        found = self.folder.glob(f"{number}-*[0-9]")
        return {int(path.name.partition("-")[2]) for path in found}

    def alive(self) -> set[int]:
        """Those of them that live."""
        return {pid for pid in self.pids() if psutil.pid_exists(pid)}

    def environ(self, number: int) -> dict[str, str]:
        """The environment of a worker."""
        [path] = self.folder.glob(f"{number}-*[0-9]")
        found: dict[str, str] = json.loads(path.read_text())
        return found


@asynccontextmanager
async def running(
    folder: Path,
    program: str = ENDS_WHEN_ASKED,
    **changes: Any,  # noqa: ANN401 - of the settings
) -> AsyncIterator[Crew]:
    """A crew of workers that all listen; stopped at the end."""
    changes = {"workers": 2, "drain_grace": timedelta(seconds=10), **changes}
    crew = Crew(folder, program, replace(Settings(), **changes))
    run = asyncio.create_task(crew.run())
    try:
        await until(lambda: bool(crew.started) or run.done())
        assert crew.started
        yield crew
    finally:
        crew.stop.set()
        await run


async def until(condition: Callable[[], bool]) -> None:
    """Return when it is so; fail after a while."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what other processes do sets no event
            await asyncio.sleep(0.01)


# --- the port --------------------------------------------------------------------------------


def a_listener(listen: str, *, shared: bool) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
    listener.bind(split_listen("listen", listen))
    listener.listen()
    return listener


def test_port_0_becomes_a_port_on_which_several_can_listen() -> None:
    with reserved("127.0.0.1:0") as listen:
        assert not listen.endswith(":0")
        with a_listener(listen, shared=True), a_listener(listen, shared=True):
            pass


def test_two_reservations_of_any_port_differ() -> None:
    with reserved("127.0.0.1:0") as one, reserved("127.0.0.1:0") as other:
        assert one != other


def test_a_reserved_port_is_refused_to_others_like_us_before_anybody_listens() -> None:
    with reserved("127.0.0.1:0") as listen:
        port = listen.rpartition(":")[2]
        for again in (listen, f"localhost:{port}", f"0.0.0.0:{port}"):
            with (
                pytest.raises(OSError, match=f"cannot listen on {again}: Address already"),
                reserved(again),
            ):
                pass
    with reserved(listen):
        pass


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("where", ["127.0.0.1:0", "0.0.0.0:0"])
def test_a_port_on_which_somebody_listens_is_refused(shared: bool, where: str) -> None:
    with a_listener(where, shared=shared) as listener:
        listen = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(OSError, match=f"cannot listen on {listen}"), reserved(listen):
            pass
    with reserved(listen):
        pass


@pytest.mark.parametrize("shared", [False, True])
def test_connections_of_the_past_do_not_keep_a_port(shared: bool) -> None:
    with a_listener("127.0.0.1:0", shared=shared) as listener:
        listen = f"127.0.0.1:{listener.getsockname()[1]}"
        with socket.create_connection(listener.getsockname()) as client:
            listener.accept()[0].close()  # who closes first remembers
            assert client.recv(1) == b""
    assert "TIME_WAIT" in {each.status for each in psutil.net_connections() if on(each, listen)}
    with reserved(listen):
        pass


def on(connection: object, listen: str) -> bool:
    """Whether it is one end of a connection at this place."""
    return getattr(connection, "laddr", None) == split_listen("listen", listen)


def test_a_place_that_is_not_ours_is_refused_by_name() -> None:
    with (
        pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1:0: Cannot assign"),
        reserved("192.0.2.1:0"),
    ):
        pass


# --- the settings ----------------------------------------------------------------------------


@given(st.integers(0, 63))
def test_workers_differ_in_their_metrics(number: int) -> None:
    settings = replace(Settings(), workers=64, metrics_listen="[::1]:9000")
    mine = settings_of(number, settings)
    assert mine.metrics_listen == f"[::1]:{9000 + number}"
    differ = {
        f.name for f in fields(Settings) if getattr(mine, f.name) != getattr(settings, f.name)
    }
    assert differ <= {"metrics_listen"}


@pytest.mark.parametrize("listen", ["", "127.0.0.1:0"])
def test_no_metrics_and_metrics_on_any_port_stay_so(listen: str) -> None:
    assert settings_of(3, replace(Settings(), metrics_listen=listen)).metrics_listen == listen


async def test_every_setting_arrives(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "listen": "127.0.0.1:1234",
        "data_dir": tmp_path / "data",
        "database": Secret("postgresql://u:s3cret%@db/registry?a=b c"),
        "blobs": "gs://bucket/prefix",
        "metrics_listen": "127.0.0.1:9000",
        "tls_cert": Path(__file__),
        "tls_key": Path(__file__),
        "tls_client_ca": Path(__file__),
        "insecure": True,
        "log_format": "json",
        "log_level": "debug",
        "threads": 7,
        "quota_gib": 9,
        "gc_every": timedelta(seconds=11),
        "gc_grace": timedelta(seconds=12),
        "watch_history": timedelta(seconds=13),
        "audit_history_days": 15,
        "drain_delay": timedelta(seconds=13),
        "drain_grace": timedelta(seconds=14),
        "stream_idle": timedelta(seconds=16),
        "caller_reads": 17,
        "caller_writes": 18,
        "caller_watches": 19,
        "caller_reports": 22,
        "caller_uploads": 20,
        "caller_uploads_gib": 21,
        "listen_database": Secret("postgresql://u:s3cret@direct/registry"),
        "max_clock_jump": timedelta(seconds=220),
        "workers": 2,
    }
    assert set(changes) == {field.name for field in fields(Settings)}
    given_ = Settings(**changes)
    assert all(getattr(given_, f.name) != f.default for f in fields(Settings))
    async with running(tmp_path, **changes) as crew:
        for number in (0, 1):
            arrived = Settings.load({}, crew.environ(number))
            assert arrived == settings_of(number, given_)
            assert crew.environ(number).keys() >= os.environ.keys()


async def test_no_setting_is_on_a_command_line(tmp_path: Path) -> None:
    async with running(tmp_path, database="postgresql://u:s3cret@db/registry") as crew:
        assert len(crew.alive()) == 2
        for pid in crew.alive():
            assert "s3cret" not in " ".join(psutil.Process(pid).cmdline())


# --- the supervision -------------------------------------------------------------------------


async def test_it_is_told_once_that_all_listen_and_all_end_when_asked(tmp_path: Path) -> None:
    async with running(tmp_path, workers=3) as crew:
        assert crew.started == 1
        assert len(crew.alive()) == 3
        assert [len(crew.pids(number)) for number in range(3)] == [1, 1, 1]
    assert not crew.alive()


async def test_one_that_cannot_start_ends_all(tmp_path: Path) -> None:
    crew = Crew(tmp_path, FIRST_LISTENS, replace(Settings(), workers=2))
    with pytest.raises(ChildProcessError, match=r"worker 1 ended before .*: exit code 3"):
        await crew.run()
    assert not crew.started
    assert not crew.alive()


async def test_a_program_that_is_not_there_is_a_worker_that_cannot_start(tmp_path: Path) -> None:
    supervisor = Supervisor(replace(Settings(), workers=2), [str(tmp_path / "missing")], {})
    with pytest.raises(ChildProcessError, match="cannot be started: No such file"):
        await supervisor.run(asyncio.Event(), lambda: None)


async def test_one_that_dies_is_replaced_and_told_of(tmp_path: Path, lines: Lines) -> None:
    async with running(tmp_path) as crew:
        [victim], [other] = crew.pids(0), crew.pids(1)
        os.kill(victim, signal.SIGKILL)
        await until(lambda: len(lines.of("worker listens")) == 3)
        [successor] = crew.pids(0) - {victim}
        assert crew.alive() == {successor, other}
        assert crew.started == 1
    [line] = lines.of("worker ended")
    assert (line["worker"], line["how"]) == (0, "signal 9 (Killed)")
    assert lines.of("worker listens")[-1]["pid"] == successor


async def test_one_that_keeps_dying_at_once_is_started_ever_less_often(
    tmp_path: Path, lines: Lines
) -> None:
    async with running(tmp_path, LISTENS_ONCE) as crew:
        [victim], [other] = crew.pids(0), crew.pids(1)
        os.kill(victim, signal.SIGKILL)
        await until(lambda: len(lines.of("worker ended")) == 3)
        assert other in crew.alive()
    ends = lines.of("worker ended")
    assert [line["next_in_seconds"] for line in ends] == [0.0, 0.5, 1.0]
    assert [line["how"] for line in ends] == ["signal 9 (Killed)", "exit code 4", "exit code 4"]


async def test_one_that_waits_is_started_when_no_other_listens(
    tmp_path: Path, lines: Lines
) -> None:
    async with running(tmp_path, LISTENS_WITHOUT_BREAK) as crew:
        [other] = crew.pids(1)
        (tmp_path / "break").touch()
        [victim] = crew.pids(0)
        os.kill(victim, signal.SIGKILL)
        await until(lambda: bool(waits_of(lines, 0)) and waits_of(lines, 0)[-1] >= 8)
        (tmp_path / "break").unlink()
        begun = time.monotonic()
        os.kill(other, signal.SIGKILL)
        await until(lambda: len(lines.of("worker listens")) == 4)
        assert time.monotonic() - begun < 8
    assert waits_of(lines, 1) == [0.0]


def waits_of(lines: Lines, number: int) -> list[Any]:
    ended = [line for line in lines.of("worker ended") if line["worker"] == number]
    return [line["next_in_seconds"] for line in ended]


async def test_one_that_does_not_end_is_ended(tmp_path: Path, lines: Lines) -> None:
    async with running(tmp_path, IS_STUBBORN, drain_grace=timedelta(0)) as crew:
        pids = crew.alive()
    assert not crew.alive()
    assert {line["pid"] for line in lines.of("worker does not end: killed")} == pids
