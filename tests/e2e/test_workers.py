"""One port, several server processes: load balancing, crashes, rejected calls, and shutdown."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import psutil
import pytest

from modelregistry import Client
from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import (
    MIB,
    NAMESPACE,
    a_model,
    a_version,
    begin,
    chunks,
    digest_of,
    read,
)
from tests.support.python import SERVER, Python, clean_environ, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers need Linux")

WORKERS = ("--workers", "2", "--log-format", "json")
PATIENCE = 30
# Calls until a file appears, then prints how many there were; a call that fails ends it at once.
CLIENT = """
import pathlib, sys
from modelregistry import Client
target, name, stop = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
calls = 0
with Client(target) as registry:
    while not stop.exists():
        moved = registry.set_alias("steady", f"{name}-{calls % 7}", 1)
        ref = f"steady@{moved.name.rpartition('/')[2]}"
        found = registry.resolve(ref, min_revision=moved.revision)
        assert found.number == 1, found
        calls += 1
print(calls)
"""


@pytest.fixture
def crew(database_url: str, tmp_path: Path) -> Iterator[RegistryProcess]:
    """A server of two workers, once on SQLite and once on PostgreSQL."""
    options = (*WORKERS, "--database", database_url)
    server = RegistryProcess(tmp_path / "registry", options).start()
    yield server
    server.stop()


@pytest.fixture
def embedded_crew(tmp_path: Path) -> Iterator[RegistryProcess]:
    """A server of two workers with its own defaults, not yet started."""
    server = RegistryProcess(tmp_path / "registry", WORKERS)
    yield server
    server.stop()


def until(condition: Callable[[], object]) -> None:
    """Return when it is so; fail after a while."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


def log_lines(server: RegistryProcess, **fields: object) -> list[dict[str, Any]]:
    """The log lines with these fields."""
    lines = [json.loads(line) for line in list(server.lines) if line.startswith("{")]
    return [line for line in lines if fields.items() <= line.items()]


def pid(server: RegistryProcess, worker: int) -> int:
    """The process that is this worker now."""
    return int(log_lines(server, message="worker listens", worker=worker)[-1]["pid"])


def is_gone(process: int) -> bool:
    """Whether a process has ended, even if its status was not read yet."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def answering(server: RegistryProcess, stubs: Stubs) -> int:
    """The worker at the other end of a connection: its log has the call."""
    call_id = uuid4().hex
    request = catalog.ListModelsRequest(parent=NAMESPACE)
    stubs.ListModels(request, metadata=[("x-request-id", call_id)])
    until(lambda: log_lines(server, request_id=call_id))
    return int(log_lines(server, request_id=call_id)[0]["worker"])


@contextmanager
def connected_to_both(server: RegistryProcess) -> Iterator[tuple[Stubs, Stubs]]:
    """A connection to each worker: as many are opened as it takes."""
    found: dict[int, Stubs] = {}
    with ExitStack() as stack:
        for _ in range(200):
            # Channels of one process would share a connection.
            channel = grpc.insecure_channel(server.target, [("grpc.use_local_subchannel_pool", 1)])
            stubs = Stubs(stack.enter_context(channel))
            found.setdefault(answering(server, stubs), stubs)
            if len(found) == 2:
                break
        yield found[0], found[1]


def calls(server: RegistryProcess, worker: int) -> int:
    """How many calls were answered by a worker and those that it replaced."""
    return len(log_lines(server, message="call", worker=worker))


def busier(server: RegistryProcess) -> int:
    """The worker that answers more of the calls that are made now."""
    until(lambda: calls(server, 0) + calls(server, 1) > 50)
    return max((0, 1), key=lambda worker: calls(server, worker))


def kill_while_busy(server: RegistryProcess, worker: int) -> None:
    """End a worker that answers calls as a crash would; return when it is replaced."""
    seen, victim = calls(server, worker), pid(server, worker)
    until(lambda: calls(server, worker) > seen + 20)
    os.kill(victim, signal.SIGKILL)
    until(lambda: pid(server, worker) != victim)


def serve(*options: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected to end by itself."""
    return run_python((*SERVER, "serve", *options))


def two_ports() -> int:
    """A port that is free, and so is the next."""
    for port in random.sample(range(20_000, 30_000), 1_000):
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    message = "no two ports in a row are free"
    raise RuntimeError(message)


def test_both_workers_answer_on_the_one_port(crew: RegistryProcess) -> None:
    with connected_to_both(crew) as (one, other):
        assert (answering(crew, one), answering(crew, other)) == (0, 1)
    assert len({crew.process and crew.process.pid, pid(crew, 0), pid(crew, 1)}) == 3
    assert len([line for line in crew.lines if "listening on" in line]) == 1


def test_a_version_registered_with_one_worker_resolves_with_the_other(
    crew: RegistryProcess,
) -> None:
    with connected_to_both(crew) as both:
        for one, other in (both, both[::-1]):
            version = a_version(one, a_model(one))
            ref = version.name.removeprefix(f"{NAMESPACE}/models/").replace("/versions", "")
            request = lookup.ResolveVersionRequest(ref=ref, min_revision=version.revision)
            assert other.ResolveVersion(request).version.uid == version.uid


def test_an_upload_of_one_worker_continues_with_the_other(crew: RegistryProcess) -> None:
    data = os.urandom(3 * MIB)
    with connected_to_both(crew) as (one, other):
        upload = begin(one, digest_of(data), len(data))
        first, *_ = chunks(upload.name, data)
        first.flush = True
        assert list(one.WriteUpload(iter([first])))[-1].committed_offset == MIB
        rest = chunks(upload.name, data, offset=MIB)
        assert list(other.WriteUpload(rest))[-1].committed_offset == len(data)
        committed = one.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
        assert committed.state == artifact.UPLOAD_STATE_COMMITTED
        assert read(other, digest_of(data)) == data


def test_no_call_of_the_sdk_fails_when_workers_are_killed_and_they_are_replaced(
    crew: RegistryProcess, tmp_path: Path
) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights")
    with Client(crew.target) as registry:
        registry.push("steady", tmp_path / "model.bin")
    stop = tmp_path / "stop"
    # Processes, because clients of one process share a connection.
    clients = [
        Python(
            ("-c", CLIENT, crew.target, f"client-{number}", stop),
            clean_environ() | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        )
        for number in range(3)
    ]
    try:
        first = busier(crew)
        # Those that the first leaves behind connect to the second, and so on.
        victims = (first, 1 - first, first)
        for worker in victims:
            kill_while_busy(crew, worker)
    finally:
        stop.touch()
        outputs = [client.communicate(timeout=300)[0] for client in clients]
    assert [client.returncode for client in clients] == [0, 0, 0]
    assert all(int(output) > 0 for output in outputs)
    ends = log_lines(crew, message="worker ended")
    assert [(end["worker"], end["how"]) for end in ends] == [
        (worker, "signal 9 (Killed)") for worker in victims
    ]
    assert crew.process is not None
    assert {child.pid for child in psutil.Process(crew.process.pid).children()} == {
        pid(crew, 0),
        pid(crew, 1),
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_both_and_their_running_calls_end(
    embedded_crew: RegistryProcess, number: signal.Signals
) -> None:
    datas = [os.urandom(3 * MIB) for _ in range(2)]
    embedded_crew.start()
    pids = {pid(embedded_crew, worker) for worker in (0, 1)}

    def slow(name: str, data: bytes) -> Iterator[artifact.WriteUploadRequest]:
        first, *rest = chunks(name, data)
        first.flush = True
        yield first
        until(lambda: len(log_lines(embedded_crew, message="draining")) == 2)
        yield from rest

    with connected_to_both(embedded_crew) as both:
        streams = []
        for stubs, data in zip(both, datas, strict=True):
            upload = begin(stubs, digest_of(data), len(data))
            streams.append(stubs.WriteUpload(slow(upload.name, data)))
            assert next(streams[-1]).committed_offset == MIB
        assert embedded_crew.process is not None
        embedded_crew.process.send_signal(number)
        ends = [list(stream)[-1].committed_offset for stream in streams]
    assert ends == [len(data) for data in datas]
    assert embedded_crew.stop() == 0
    assert all(is_gone(pid) for pid in pids)
    assert {line["worker"] for line in log_lines(embedded_crew, message="draining")} == {0, 1}
    assert not log_lines(embedded_crew, message="worker ended")


def test_workers_end_when_the_process_that_watches_them_is_killed(
    embedded_crew: RegistryProcess,
) -> None:
    embedded_crew.start()
    pids = {pid(embedded_crew, worker) for worker in (0, 1)}
    embedded_crew.kill()
    until(lambda: all(is_gone(each) for each in pids))
    embedded_crew.restart()
    assert {pid(embedded_crew, worker) for worker in (0, 1)}.isdisjoint(pids)


@pytest.mark.parametrize("first, second", [("2", "2"), ("2", "1"), ("1", "2")])
def test_a_second_server_is_refused_whether_or_not_it_has_workers(
    own_registry: RegistryProcess, tmp_path: Path, first: str, second: str
) -> None:
    own_registry.options = ("--workers", first)
    own_registry.start()
    other = ("--workers", second, "--data-dir", str(tmp_path / "other"))
    refused = serve("--listen", own_registry.target, *other)
    assert refused.returncode == 1
    assert f"cannot listen on {own_registry.target}" in refused.stderr
    assert "worker listens" not in refused.stderr


def test_a_server_without_startable_workers_reports_it_and_ends(tmp_path: Path) -> None:
    port = two_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        options = ("--metrics-listen", f"127.0.0.1:{port}", "--data-dir", str(tmp_path / "data"))
        failed = serve("--listen", "127.0.0.1:0", *WORKERS, *options)
    assert failed.returncode == 1
    assert "error: worker 1 ended before all of them listened: exit code 1" in failed.stderr
    assert "listening on" not in failed.stderr


def test_a_database_that_is_not_migrated_is_refused_before_any_worker_starts(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/facts.db"
    refused = serve("--listen", "127.0.0.1:0", *WORKERS, "--database", url)
    assert refused.returncode == 1
    assert "registry-grpc migrate" in refused.stderr
    assert "worker" not in refused.stderr


def test_each_worker_has_its_own_metrics_on_the_next_port(embedded_crew: RegistryProcess) -> None:
    port = two_ports()
    embedded_crew.options = (*WORKERS, "--metrics-listen", f"127.0.0.1:{port}")
    embedded_crew.start()
    with connected_to_both(embedded_crew) as (_, other):
        request = lookup.ResolveVersionRequest(ref="nobody@nothing")
        with pytest.raises(grpc.RpcError):
            other.ResolveVersion(request)
        texts = []
        for worker in (0, 1):
            where = f"http://127.0.0.1:{port + worker}/metrics"
            with urllib.request.urlopen(where, timeout=60) as reply:
                texts.append(reply.read().decode())
    asked = 'grpc_server_call_started_total{grpc_method="modelregistry.v1.LookupService/'
    assert [f'{asked}ResolveVersion"}} 1.0' in text for text in texts] == [False, True]


def test_one_worker_collects_garbage(embedded_crew: RegistryProcess) -> None:
    embedded_crew.options = (*WORKERS, "--gc-every", "1")
    embedded_crew.start()
    until(lambda: len(log_lines(embedded_crew, message="garbage collected")) >= 3)
    # Whichever took the lease first.
    collected = log_lines(embedded_crew, message="garbage collected")
    assert len({line["worker"] for line in collected}) == 1


def test_one_worker_is_the_server_itself(own_registry: RegistryProcess) -> None:
    own_registry.options = ("--workers", "1", "--log-format", "json")
    own_registry.start()
    assert own_registry.process is not None
    assert not psutil.Process(own_registry.process.pid).children()
    assert not [line for line in log_lines(own_registry) if "worker" in line]
