"""The server as a process: its start, its log and health, and its end."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.domain.database_fault import FaultKind
from tests.support.content import MIB, a_model, a_version, begin, chunks, digest_of, pushed
from tests.support.databases import PostgresServer, start_postgres
from tests.support.python import SERVER, clean_environ, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import connected, refused

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def registry_grpc(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the server's command line."""
    return run_python((*SERVER, *arguments), clean_environ() | environ)


def health(target: str, service: str = "") -> int:
    """Return the health of a service."""
    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        return int(stub.Check(health_pb2.HealthCheckRequest(service=service)).status)


def test_the_first_log_line_names_the_data_folder(own_registry: RegistryProcess) -> None:
    own_registry.start()
    assert "starting" in own_registry.lines[0]
    assert str(own_registry.data_dir) in own_registry.lines[0]
    assert own_registry.target in own_registry.lines[1]


def test_health_is_told_for_the_server_and_each_service(registry_process: RegistryProcess) -> None:
    for service in ("", "modelregistry.v1.CatalogService", "modelregistry.v1.LookupService"):
        assert health(registry_process.target, service) == SERVING
    with pytest.raises(grpc.RpcError) as caught:
        health(registry_process.target, "no.such.Service")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_sigterm_lets_running_calls_end_and_health_watches_too(
    own_registry: RegistryProcess,
) -> None:
    data = os.urandom(3 * MIB)
    own_registry.start()
    drain = threading.Event()
    with (
        connected(own_registry.target) as stubs,
        grpc.insecure_channel(own_registry.target) as channel,
    ):
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == SERVING
        upload = begin(stubs, digest_of(data), len(data))

        def slow() -> Iterator[artifact.WriteUploadRequest]:
            first, *rest = chunks(upload.name, data)
            first.flush = True
            yield first
            drain.wait(30)
            yield from rest

        stream = stubs.WriteUpload(slow())
        assert next(stream).committed_offset == MIB
        assert own_registry.process is not None
        own_registry.process.send_signal(signal.SIGTERM)
        assert [reply.status for reply in watch] == [NOT_SERVING]
        drain.set()
        assert list(stream)[-1].committed_offset == len(data)
    assert own_registry.stop() == 0


def test_metrics_are_served_on_a_port_of_their_own(own_registry: RegistryProcess) -> None:
    own_registry.options = ("--metrics-listen", "127.0.0.1:0", "--log-format", "json")
    own_registry.start()
    lines = [json.loads(line) for line in own_registry.lines]
    [where] = [line["listen"] for line in lines if line["message"] == "metrics"]
    with connected(own_registry.target) as stubs:
        pushed(stubs, b"counted")
        refused(stubs.ResolveVersion, lookup.ResolveVersionRequest(ref="no@thing"))

    with urllib.request.urlopen(f"http://{where}/metrics", timeout=60) as reply:
        text = reply.read().decode()

    assert 'grpc_server_call_duration_seconds_count{grpc_method="modelregistry.v1' in text
    assert 'LookupService/ResolveVersion",grpc_status="NOT_FOUND"} 1.0' in text
    assert "registry_artifact_received_bytes_total 7.0" in text
    assert "registry_database_up 1.0" in text


def test_json_log_lines_carry_the_request_id_of_the_client(own_registry: RegistryProcess) -> None:
    own_registry.options = ("--log-format", "json")
    own_registry.start()
    request = lookup.ResolveVersionRequest(ref="no@thing")
    with connected(own_registry.target) as stubs:
        metadata = [("x-request-id", "from-the-client")]
        found = refused(lambda r: stubs.ResolveVersion(r, metadata=metadata), request)
    own_registry.stop()

    assert found.reason == "MODEL_NOT_FOUND"
    [line] = [json.loads(line) for line in own_registry.lines if "from-the-client" in line]
    assert line["method"] == "modelregistry.v1.LookupService/ResolveVersion"
    assert (line["code"], line["reason"]) == ("NOT_FOUND", "MODEL_NOT_FOUND")
    assert line["principal"] == "local"


def test_two_servers_do_not_share_a_port(own_registry: RegistryProcess, tmp_path: Path) -> None:
    own_registry.start()
    second = registry_grpc("serve", "--listen", own_registry.target, "--data-dir", str(tmp_path))
    assert second.returncode == 1
    assert f"cannot listen on {own_registry.target}" in second.stderr


@pytest.mark.parametrize(
    "arguments,environ,error_text",
    [
        (("--listen", "nowhere"), {}, "listen: must be HOST:PORT"),
        ((), {"REGISTRY_LISTN": "x"}, "REGISTRY_LISTN is not a setting"),
        (("--database", "mysql://u:secret@h/d"), {}, "database: must be postgresql"),
        (("--blobs", "s3://bucket"), {}, "blobs: must be file:///"),
        (("--tls-cert", "/missing.pem"), {}, "tls-cert and tls-key"),
        ((), {"REGISTRY_THREADS": "many"}, "REGISTRY_THREADS: must be a whole number"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(
    tmp_path: Path, arguments: tuple[str, ...], environ: dict[str, str], error_text: str
) -> None:
    done = registry_grpc("serve", "--data-dir", str(tmp_path / "x"), *arguments, **environ)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {error_text}")
    assert "secret" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_database_that_is_not_migrated_is_refused_until_it_is(
    own_registry: RegistryProcess, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/facts.db"
    refusal = registry_grpc("serve", "--listen", "127.0.0.1:0", "--database", url)
    assert refusal.returncode == 1
    assert "registry-grpc migrate" in refusal.stderr

    assert registry_grpc("migrate", "--database", url).stdout.startswith("migrated from empty to")
    assert registry_grpc("migrate", "--database", url).stdout.startswith("already at")
    own_registry.options = ("--database", url)
    own_registry.start()
    assert health(own_registry.target) == SERVING


def test_check_config_shows_what_is_in_force_without_passwords(tmp_path: Path) -> None:
    url = "postgresql://me:hidden@127.0.0.1:1/registry"
    done = registry_grpc("check-config", "--json", REGISTRY_DATABASE=url)
    assert done.returncode == FaultKind.UNREACHABLE.exit_code
    assert "hidden" not in done.stdout + done.stderr

    done = registry_grpc("check-config", "--json", REGISTRY_DATA_DIR=str(tmp_path))
    assert json.loads(done.stdout)["database"] == f"sqlite:///{tmp_path}/registry.db"


def test_while_the_database_is_away_calls_say_so_and_it_comes_back(
    postgres_folder: Path, own_registry: RegistryProcess
) -> None:
    database = start_postgres(postgres_folder / "away")
    url = database.get_uri()
    assert registry_grpc("migrate", "--database", url).returncode == 0
    own_registry.options = ("--database", url)
    own_registry.start()
    with connected(own_registry.target) as stubs:
        model = a_model(stubs)
        kill_postgres(database)
        request = lookup.ResolveVersionRequest(ref=f"{model.rpartition('/')[2]}@latest")
        away = refused(stubs.ResolveVersion, request)
        wait_for_health(own_registry.target, NOT_SERVING)
        database.ensure_postgres_running()
        a_version(stubs, model)
        assert stubs.ResolveVersion(request).version.number == 1
        wait_for_health(own_registry.target, SERVING)
    own_registry.stop()
    database.cleanup()

    assert (away.code, away.reason) == ("UNAVAILABLE", "DATABASE_UNAVAILABLE")
    assert "google.rpc.RetryInfo" in away.details
    assert "postgres" not in away.message


def kill_postgres(server: PostgresServer) -> None:
    """End it and its children as a crash would."""
    pid = server.get_pid()
    assert pid is not None
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=60)


def wait_for_health(target: str, wanted: int) -> None:
    """Return when the server says so; fail after a while."""
    until = time.monotonic() + 20
    while health(target) != wanted:
        assert time.monotonic() < until, f"health did not become {wanted}"
