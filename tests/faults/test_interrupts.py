"""Ctrl-C and SIGTERM in every phase of a command: it ends soon, and leaves nothing behind."""

import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from modelregistry._local.shared_files import open_locked
from modelregistry.v1 import version_pb2
from tests.support.python import CLIENT, Python, clean_environ
from tests.support.serving import within
from tests.unit.sdk.fake_registry import FakeRegistry, digest_of, root_of, served

SOON_S = 8.0
"""A second on an idle machine; a call would take 30, and a lock 20."""
START_S = 60.0
TIB = 1024**4


class Phase:
    """A command that has reached a phase, in which it would stay."""

    def __init__(self, tmp_path: Path, stack: ExitStack) -> None:
        self.folder = tmp_path / "work"
        self.folder.mkdir()
        self.cache = tmp_path / "cache"
        self.stack = stack
        self.reached = threading.Event()
        self.fake = FakeRegistry()  # type: ignore[abstract]
        self.target = stack.enter_context(served(self.fake))
        self.process: Python | None = None

    def start(self, *arguments: object) -> Python:
        environ = {**clean_environ(), "MODELREG_CACHE_DIR": str(self.cache)}
        program = (*CLIENT, *arguments, "--server", self.target)
        self.process = self.stack.enter_context(Python(program, environ, cwd=self.folder))
        self.stack.callback(self.process.kill)
        return self.process

    def freeze(self, method: str) -> None:
        """Answer no call of a method until the test ends."""
        over = threading.Event()

        def wait(_: object) -> None:
            self.reached.set()
            over.wait()

        self.fake.lies[method] = wait
        self.stack.callback(over.set)

    def has_open(self, path: Path) -> None:
        """Wait until the process has a file open."""
        assert self.process is not None
        links = Path(f"/proc/{self.process.pid}/fd")

        def is_open() -> bool:
            return any(link.readlink() == path for link in links.iterdir() if link.exists())

        within(START_S, is_open)
        self.reached.set()


@pytest.fixture
def phase(tmp_path: Path) -> Iterator[Phase]:
    with ExitStack() as stack:
        yield Phase(tmp_path, stack)


def connecting(phase: Phase) -> None:
    silent = phase.stack.enter_context(socket.socket())
    silent.bind(("127.0.0.1", 0))
    silent.listen()
    phase.target = f"127.0.0.1:{silent.getsockname()[1]}"
    phase.start("models", "list")
    phase.stack.enter_context(silent.accept()[0])
    phase.reached.set()


def sending_small_files(phase: Phase) -> None:
    phase.freeze("BatchUploadBlobs")
    for number in range(20):
        (phase.folder / str(number)).write_bytes(bytes([number]))
    phase.start("push", "fraud", phase.folder)


def receiving_small_files(phase: Phase) -> None:
    pushed(phase, *(f"{number}".encode() for number in range(20)))
    phase.freeze("BatchReadBlobs")
    phase.start("pull", "fraud/1", "target")


def hashing_files(phase: Phase) -> None:
    for name in ("a", "b"):
        with (phase.folder / name).open("wb") as file:
            file.truncate(TIB)
    phase.start("push", "fraud", phase.folder)
    phase.has_open(phase.folder / "a")


def waiting_for_an_index(phase: Phase) -> None:
    phase.cache.mkdir(mode=0o700)
    index = sqlite3.connect(phase.cache / "hashes-1.sqlite", isolation_level=None)
    index.execute("BEGIN EXCLUSIVE")
    phase.stack.callback(index.close)
    (phase.folder / "a").write_bytes(b"a")
    phase.start("push", "fraud", phase.folder)
    phase.has_open(phase.cache / "hashes-1.sqlite")


def waiting_for_another_download(phase: Phase) -> None:
    large = bytes(600 * 1024)
    [digest] = pushed(phase, large)
    partial = phase.cache / "partial" / digest.removeprefix("sha256:")
    partial.parent.mkdir(parents=True)
    handle = open_locked(partial)
    assert handle is not None
    phase.stack.callback(os.close, handle)
    phase.start("pull", "fraud/1", "target")
    within(START_S, lambda: "GetTransferLimits" in phase.fake.calls)
    phase.reached.set()


def pushed(phase: Phase, *contents: bytes) -> list[str]:
    """Put a version with these files into the registry; return their digests."""
    digests = [digest_of(data) for data in contents]
    phase.fake.blobs.update(zip(digests, contents, strict=True))
    files = [
        version_pb2.FileEntry(path=f"file-{number}", digest=digest, size_bytes=len(data))
        for number, (digest, data) in enumerate(zip(digests, contents, strict=True))
    ]
    phase.fake.manifests.append(files)
    name = f"namespaces/default/models/fraud/versions/{len(phase.fake.manifests)}"
    phase.fake.versions.append(version_pb2.Version(name=name, root_digest=root_of(files)))
    return digests


PHASES = [
    connecting,
    sending_small_files,
    receiving_small_files,
    hashing_files,
    waiting_for_an_index,
    waiting_for_another_download,
]


@pytest.mark.parametrize("reach", PHASES, ids=lambda reach: reach.__name__)
def test_an_interrupt_ends_a_command_soon_in_every_phase(
    phase: Phase, reach: Callable[[Phase], None]
) -> None:
    reach(phase)
    assert phase.reached.wait(START_S)
    process = phase.process
    assert process is not None
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert time.monotonic() - started < SOON_S
    assert process.returncode == 130
    assert err.startswith("error: interrupted\n")
    assert "Traceback" not in err
    assert hidden(phase) == []


def test_what_a_killed_pull_left_is_removed_by_the_next_which_keeps_what_is_in_use(
    phase: Phase,
) -> None:
    receiving_small_files(phase)
    assert phase.reached.wait(START_S)
    killed = phase.process
    assert killed is not None
    killed.kill()
    killed.wait(60)
    [left] = hidden(phase)

    phase.reached.clear()
    running = phase.start("pull", "fraud/1", "target")
    assert phase.reached.wait(START_S)
    [used] = hidden(phase)
    assert used != left

    pushed(phase, b"one file, which is not read in a batch")
    done = phase.start("pull", "fraud/2", "target")
    _, err = done.communicate(timeout=120)
    assert done.returncode == 0, err
    assert hidden(phase) == [used]

    started = time.monotonic()
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=120)
    assert time.monotonic() - started < SOON_S
    assert running.returncode == 143
    assert err.startswith("error: interrupted\n")
    assert hidden(phase) == []
    assert [path.name for path in (phase.folder / "target").iterdir()] == ["file-0"]


def hidden(phase: Phase) -> list[Path]:
    return [path for path in phase.folder.iterdir() if path.name.startswith(".")]
