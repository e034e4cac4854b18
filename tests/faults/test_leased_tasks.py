"""Background tasks of two server processes: one runs them, and the other one after its death."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.server import RegistryProcess

PATIENCE_S = 60.0
COLLECTED = "garbage collected"
TASK = "garbage-collection"
LOST = "the lease of a background task was lost"


@pytest.fixture
def two(database_url: str, tmp_path: Path) -> Iterator[tuple[RegistryProcess, RegistryProcess]]:
    """Two servers on the same database and files; the first has all leases."""
    options = (
        *("--database", database_url, "--blobs", f"file://{tmp_path / 'blobs'}"),
        *("--gc-every", "1", "--log-format", "json"),
    )
    one, other = (RegistryProcess(tmp_path / name, options) for name in ("one", "other"))
    one.start()
    until(lambda: bool(epochs(one)))
    other.start()
    yield one, other
    for server in (one, other):
        if server.process is not None:
            server.process.send_signal(signal.SIGCONT)
        server.stop()


def logged(server: RegistryProcess, message: str) -> list[int]:
    """Return the epochs of the lines about garbage collection with this message."""
    lines = [json.loads(line) for line in tuple(server.lines) if line.startswith("{")]
    return [
        line["epoch"]
        for line in lines
        if line["message"] == message and line.get("task", TASK) == TASK
    ]


def epochs(server: RegistryProcess) -> list[int]:
    """Return the epoch of each collection that a server has done."""
    return logged(server, COLLECTED)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def collects(server: RegistryProcess, times: int = 3) -> None:
    """Wait until it has collected so often from now on."""
    before = len(epochs(server))
    until(lambda: len(epochs(server)) >= before + times)


def test_a_task_is_taken_over_from_a_process_that_was_killed(
    two: tuple[RegistryProcess, RegistryProcess],
) -> None:
    one, other = two
    collects(one)
    assert epochs(other) == []

    one.kill()
    collects(other)
    assert (set(epochs(one)), set(epochs(other))) == ({1}, {2})

    one.start()
    collects(other)
    assert set(epochs(one)) == {1}

    other.stop()
    collects(one)
    assert (set(epochs(one)), set(epochs(other))) == ({1, 3}, {2})


def test_a_process_that_stood_still_does_nothing_more_under_its_old_lease(
    two: tuple[RegistryProcess, RegistryProcess],
) -> None:
    one, other = two
    collects(one)
    assert one.process is not None
    one.process.send_signal(signal.SIGSTOP)
    collects(other)
    assert set(epochs(other)) == {2}

    one.process.send_signal(signal.SIGCONT)
    until(lambda: logged(one, LOST) == [1])
    done = len(epochs(one))
    collects(other)
    assert len(epochs(one)) == done
    assert (set(epochs(one)), set(epochs(other))) == ({1}, {2})
