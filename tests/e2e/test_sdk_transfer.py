"""Transfers against a real server: nothing sent twice, and going on after every kind of death."""

import json
import os
import re
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import Cache, Client
from modelregistry.progress import Quiet
from tests.support.python import Python
from tests.support.server import RegistryProcess

MIB = 1_024 * 1_024

CHILD = """
import sys
from modelregistry import Cache, Client
from modelregistry.progress import Quiet

target, cache, action, *arguments = sys.argv[1:]

class Telling(Quiet):
    byte_total = 0

    def advance(self, byte_count):
        self.byte_total += byte_count
        print(self.byte_total, flush=True)

with Client(target, cache=Cache(folder=cache)) as registry:
    if action == "push":
        registry.push(*arguments, environment=None, source=None, progress=Telling())
    else:
        registry.pull(*arguments, progress=Telling())
"""


@pytest.fixture
def server(own_registry: RegistryProcess) -> RegistryProcess:
    own_registry.options = ("--metrics-listen", "127.0.0.1:0", "--log-format", "json")
    return own_registry.start()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(folder=tmp_path / "cache")


@pytest.fixture
def registry(server: RegistryProcess, cache: Cache) -> Iterator[Client]:
    with Client(server.target, cache=cache) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of two shards, and many small files."""
    root = tmp_path / "model"
    root.mkdir()
    (root / "one.bin").write_bytes(os.urandom(5 * MIB))
    (root / "two.bin").write_bytes(os.urandom(3 * MIB + 1))
    for number in range(300):
        (root / f"{number}.json").write_bytes(os.urandom(500))
    return root


def counted(server: RegistryProcess, name: str) -> int:
    """Return a counter of the server that runs now."""
    lines = [json.loads(line) for line in server.lines if line.startswith("{")]
    where = [line["listen"] for line in lines if line["message"] == "metrics"][-1]
    with urllib.request.urlopen(f"http://{where}/metrics", timeout=60) as reply:
        text = reply.read().decode()
    found = re.search(rf"^registry_artifact_{name}_bytes_total (\S+)$", text, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


def calls(server: RegistryProcess) -> list[str]:
    """Return the methods called; the server ends, so that all of them are logged."""
    server.stop()
    lines = [json.loads(line) for line in server.lines if line.startswith("{")]
    return [line["method"].rpartition("/")[2] for line in lines if "method" in line]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def killed_after(byte_count: int, *arguments: str | Path) -> None:
    """Run a client in a process of its own and kill it once it has shown so many bytes."""
    with Python(("-c", CHILD, *arguments)) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= byte_count:
                break
        child.send_signal(signal.SIGKILL)
        child.stdout.read()
    assert child.returncode == -signal.SIGKILL


def test_a_second_push_of_the_same_folder_sends_nothing(
    server: RegistryProcess, registry: Client, folder: Path
) -> None:
    registry.push("fraud", folder)
    sent = counted(server, "received")
    registry.push("fraud", folder)
    assert sent == sum(map(len, contents(folder).values()))
    assert counted(server, "received") == sent


def test_a_fine_tune_that_changes_one_file_sends_that_file(
    server: RegistryProcess, registry: Client, folder: Path
) -> None:
    registry.push("fraud", folder)
    sent = counted(server, "received")
    (folder / "two.bin").write_bytes(os.urandom(2 * MIB))
    registry.push("fraud", folder)
    assert counted(server, "received") - sent == 2 * MIB


@pytest.mark.parametrize("twin", [False, True], ids=["unhashed", "hashed"])
def test_a_push_whose_process_was_killed_goes_on(
    server: RegistryProcess, registry: Client, cache: Cache, tmp_path: Path, *, twin: bool
) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(128 * MIB))
    if twin:  # of the same size, so that the file is hashed before it is sent
        (tmp_path / "twin").write_bytes(os.urandom(128 * MIB))
        registry.push("twin", tmp_path / "twin")
    killed_after(90 * MIB, server.target, str(cache.folder), "push", "fraud", big)
    before = counted(server, "received")
    version = registry.push("fraud", big)
    assert counted(server, "received") - before <= 72 * MIB  # the rest, and less than one flush
    path = registry.pull(version, tmp_path / "out")
    assert (path / "big.bin").read_bytes() == big.read_bytes()
    assert calls(server).count("BeginUpload") == 1 + twin


def test_a_push_goes_on_after_the_servers_death(
    server: RegistryProcess, registry: Client, tmp_path: Path
) -> None:
    (tmp_path / "big.bin").write_bytes(os.urandom(128 * MIB))

    class KillOnce(Quiet):
        """Kills the server when most bytes are sent, and starts it again."""

        sent = 0
        killed = False

        @override
        def advance(self, byte_count: int) -> None:
            self.sent += byte_count
            if self.sent > 90 * MIB and not self.killed:
                self.killed = True
                server.kill()
                threading.Timer(0.2, server.restart).start()

    progress = KillOnce()
    version = registry.push("big", tmp_path / "big.bin", progress=progress)
    assert progress.killed
    # What the new server received: the rest, and what was not durable yet.
    assert counted(server, "received") <= 96 * MIB
    path = registry.pull(version, tmp_path / "out")
    assert (path / "big.bin").read_bytes() == (tmp_path / "big.bin").read_bytes()


def test_a_second_pull_opens_no_stream(
    server: RegistryProcess, registry: Client, folder: Path
) -> None:
    registry.push("fraud", folder)
    first = registry.pull("fraud/1", folder.with_name("out"))
    sent = counted(server, "sent")
    assert sent == sum(map(len, contents(folder).values()))
    registry.pull("fraud/1", first)
    other = registry.pull("fraud/1", folder.with_name("other"))
    assert counted(server, "sent") == sent
    assert contents(first) == contents(other) == contents(folder)
    # Lookups are logged only when memory did not answer them, as on a busy machine.
    logged = [call for call in calls(server) if call != "ResolveVersion"]
    first_list = logged.index("ListVersionFiles")
    assert {"ReadBlob", "GetDownloadPlan"} & set(logged[first_list:-2])
    assert logged[-2:] == ["ListVersionFiles"] * 2


def test_a_pull_whose_process_was_killed_goes_on(
    server: RegistryProcess, registry: Client, cache: Cache, tmp_path: Path
) -> None:
    (tmp_path / "big.bin").write_bytes(os.urandom(128 * MIB))
    registry.push("fraud", tmp_path / "big.bin")
    target = tmp_path / "out"
    killed_after(80 * MIB, server.target, str(cache.folder), "pull", "fraud/1", target)
    assert not target.exists()
    before = counted(server, "sent")
    path = registry.pull("fraud/1", target)
    assert counted(server, "sent") - before <= 56 * MIB
    assert (path / "big.bin").read_bytes() == (tmp_path / "big.bin").read_bytes()


def test_what_no_longer_fits_is_evicted_and_fetched_again(
    server: RegistryProcess, tmp_path: Path
) -> None:
    small = Cache(folder=tmp_path / "cache", max_bytes=5 * MIB)
    with Client(server.target, cache=small) as registry:
        for name in ("a", "b"):
            (tmp_path / name).write_bytes(os.urandom(3 * MIB))
            registry.push(name, tmp_path / name)
            registry.pull(f"{name}/1", tmp_path / f"out-{name}")
        kept = sum(map(len, contents(tmp_path / "cache" / "blobs").values()))
        before = counted(server, "sent")
        path = registry.pull("a/1", tmp_path / "again")
    assert kept == 3 * MIB
    assert counted(server, "sent") - before == 3 * MIB
    assert (path / "a").read_bytes() == (tmp_path / "a").read_bytes()


def test_a_damaged_file_of_the_cache_is_noticed_and_fetched_again(
    server: RegistryProcess, registry: Client, folder: Path, tmp_path: Path
) -> None:
    registry.push("fraud", folder)
    registry.pull("fraud/1", tmp_path / "out")
    kept = [path for path in (tmp_path / "cache" / "blobs").rglob("*") if path.is_file()]
    for path in kept:
        path.chmod(0o644)
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    registry.pull("fraud/1", tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)
    assert counted(server, "sent") >= 2 * sum(map(len, contents(folder).values()))


def test_two_processes_that_pull_at_once_fetch_once(
    server: RegistryProcess, registry: Client, cache: Cache, tmp_path: Path
) -> None:
    (tmp_path / "big.bin").write_bytes(os.urandom(64 * MIB))
    registry.push("fraud", tmp_path / "big.bin")
    where = (server.target, str(cache.folder), "pull", "fraud/1")
    children = [
        Python(
            ("-c", CHILD, *where, tmp_path / f"out-{number}"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(3)
    ]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert counted(server, "sent") == 64 * MIB
    for number in range(3):
        read = (tmp_path / f"out-{number}" / "big.bin").read_bytes()
        assert read == (tmp_path / "big.bin").read_bytes()
