"""`registry-grpc doctor`: what is wrong, in words, with advice, beside a running server."""

import json
import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from registry_grpc import app as application
from registry_grpc.config import Settings
from registry_grpc.domain.principal import Role
from registry_grpc.persistence.migrate import migrate
from tests.support.databases import Postgres
from tests.support.faults.site import on_bucket
from tests.support.faults.small_disk import small_disk
from tests.support.gcs_fake_faults import Answer, Step
from tests.support.gcs_fake_http import BUCKET
from tests.support.pgbouncer import running_pgbouncer
from tests.support.python import SERVER, clean_environ, run_python
from tests.support.server import RegistryProcess

Found = dict[str, tuple[str, str, str]]


def diagnose(*arguments: object, **environ: str) -> tuple[int, Found]:
    """Run it; return its exit code and (result, found, advice) of each check."""
    done = run_python((*SERVER, "doctor", "--json", *arguments), clean_environ() | environ)
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    found = {
        each["check"]: (each["result"], each["found"], each["advice"]) for each in report["checks"]
    }
    failed = any(result == "FAIL" for result, _, _ in found.values())
    assert done.returncode == failed
    assert (report["result"] == "FAIL") == failed
    return done.returncode, found


def results(found: Found) -> dict[str, str]:
    return {check: result for check, (result, _, _) in found.items()}


def test_a_registry_without_faults_passes_while_it_serves(own_registry: RegistryProcess) -> None:
    own_registry.options = ("--metrics-listen", "127.0.0.1:0", "--log-format", "json")
    own_registry.start()
    own_registry.token("ann", "admin")
    lines = [json.loads(line) for line in own_registry.lines]
    [metrics] = [line["listen"] for line in lines if line["message"] == "metrics"]
    flags = ("--listen", own_registry.target, "--data-dir", own_registry.data_dir)
    before = sorted(str(path) for path in (own_registry.data_dir / "blobs").rglob("*.*"))
    code, found = diagnose(*flags, "--metrics-listen", metrics)
    assert set(results(found).values()) == {"PASS"}, found
    assert code == 0
    assert found["port"][1] == f"{own_registry.target}: a registry answers, SERVING"
    assert found["metrics port"][1] == f"{metrics}: a registry answers, every part is ready"
    assert found["tokens"][1] == "1 active"
    assert before == sorted(str(path) for path in (own_registry.data_dir / "blobs").rglob("*.*"))


def test_the_table_fits_a_terminal_of_80_columns(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/registry.db")
    done = run_python(
        (*SERVER, "doctor", "--database", f"sqlite:///{tmp_path}/registry.db"),
        clean_environ() | {"COLUMNS": "80"},
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].split() == ["result", "check", "found"]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "FAIL    blobs" in done.stdout
    assert "→ `registry-grpc serve` creates it" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["registry.db"]


def test_an_empty_folder_has_no_registry_and_gets_none(tmp_path: Path) -> None:
    _, found = diagnose("--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert results(found)["database"] == "FAIL"
    assert "schema" not in found  # one failure is told once
    assert list(tmp_path.iterdir()) == []


def test_settings_that_serve_refuses_are_refused(tmp_path: Path) -> None:
    done = run_python((*SERVER, "doctor", "--listen", "nowhere"), clean_environ(), cwd=tmp_path)
    assert (done.returncode, done.stderr[:29]) == (2, "error: listen: must be HOST:P")


def test_a_database_server_that_is_away_is_reported_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        port = taken.getsockname()[1]
        url = f"postgresql://registry:s3cret@127.0.0.1:{port}/registry"
        done = run_python(
            (*SERVER, "doctor", "--json", "--database", url, "--data-dir", tmp_path),
            clean_environ(),
        )
    assert done.returncode == 1
    assert "s3cret" not in done.stdout + done.stderr
    checks = {each["check"]: each for each in json.loads(done.stdout)["checks"]}
    assert checks["database"]["result"] == "FAIL"
    assert "Connection refused" in checks["database"]["found"]
    assert not {"schema", "rights", "log", "tokens"} & set(checks)
    assert checks["disk of blobs"]["result"] == "PASS"


def test_every_check_of_a_postgresql_registry_passes(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir(mode=0o700)
    settings = Settings.load({"database": database_url}, {})
    with application.open_facts(settings) as database:
        application.tokens(database).create("ann", Role.ADMIN, None)
    flags = ("--database", database_url, "--blobs", f"file://{tmp_path}/blobs")
    code, found = diagnose(*flags, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
    assert set(results(found).values()) == {"PASS"}, found
    assert code == 0
    if database_url.startswith("postgresql"):
        assert {"clock", "connections", "encoding", "pooler"} <= set(found)
        _, found = diagnose(*flags, "--listen", "127.0.0.1:0", "--workers", "64")
        assert found["connections"][0] == "FAIL"
        assert "raise max_connections" in found["connections"][2]


def test_a_pooler_in_front_is_found(postgres: Postgres, tmp_path: Path) -> None:
    try:
        with running_pgbouncer(postgres.server) as pooler, postgres.opened() as direct:
            flags = ("--database", pooler.url(direct), "--data-dir", tmp_path)
            _, alone = diagnose(*flags, "--listen", "127.0.0.1:0")
            _, past = diagnose(*flags, "--listen", "127.0.0.1:0", "--listen-database", direct)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"no PgBouncer: {error}")
    assert alone["pooler"][0] == "WARN"
    assert "--listen-database" in alone["pooler"][2]
    assert past["pooler"][0] == "PASS"
    assert {results(each)["database"] for each in (alone, past)} == {"PASS"}


def test_another_program_on_the_port_is_not_taken_for_a_registry(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        where = f"127.0.0.1:{other.getsockname()[1]}"
        _, found = diagnose("--data-dir", tmp_path, "--listen", where, "--metrics-listen", where)
    for check in ("port", "metrics port"):
        assert found[check][0] == "FAIL"
        assert "no registry answers" in found[check][1]


def test_files_of_other_users_and_open_modes_are_named(own_registry: RegistryProcess) -> None:
    own_registry.start()
    own_registry.stop()
    file = own_registry.data_dir / "registry.db"
    file.chmod(0o644)
    flags = ("--data-dir", own_registry.data_dir, "--listen", "127.0.0.1:0")
    _, found = diagnose(*flags)
    assert found["permissions"][0] == "WARN"
    assert found["permissions"][1] == f"{file}: other users have access (mode 644)"
    if os.geteuid() == 0:
        os.chown(file, 12_345, 12_345)
        os.chown(own_registry.data_dir / "blobs", 12_345, 12_345)
        _, found = diagnose(*flags)
        for check in ("database", "blobs"):
            assert found[check][0] == "FAIL"
            assert "belongs to user 12345, and this is user root" in found[check][1]


@pytest.mark.parametrize(
    "days,check,result",
    [(-1, "certificate", "FAIL"), (7, "certificate", "WARN"), (90, "certificate", "PASS")],
)
def test_a_certificate_that_ends_is_found_in_time(
    tmp_path: Path, days: int, check: str, result: str
) -> None:
    cert, key = tls_files(tmp_path, days)
    _, found = diagnose("--data-dir", tmp_path, "--tls-cert", cert, "--tls-key", key)
    assert found["TLS"][0] == "PASS"
    assert found[check][0] == result
    ends = datetime.now(UTC) + timedelta(days=days)
    assert f"{ends:%Y-%m-%d}" in found[check][1]


def test_a_key_of_another_certificate_is_found(tmp_path: Path) -> None:
    cert, _ = tls_files(tmp_path, 90)
    other = tmp_path / "other"
    other.mkdir()
    _, key = tls_files(other, 90)
    _, found = diagnose("--data-dir", tmp_path, "--tls-cert", cert, "--tls-key", key)
    assert found["TLS"][0] == "FAIL"
    assert f"{key} does not fit {cert}" in found["TLS"][1]
    cert.write_text("no certificate")
    _, found = diagnose("--data-dir", tmp_path, "--tls-cert", cert, "--tls-key", key)
    assert found["TLS"][0] == "FAIL"


def tls_files(folder: Path, days: int) -> tuple[Path, Path]:
    end = datetime.now(UTC) + timedelta(days=days)
    issued = trustme.CA().issue_cert("localhost", not_after=end)
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    key.chmod(0o600)
    return cert, key


def test_a_bucket_is_probed_and_left_as_it_was(tmp_path: Path) -> None:
    with on_bucket(tmp_path / "registry") as site:
        assert site.bucket is not None
        flags = ("--data-dir", site.server.data_dir, "--blobs", f"gs://{BUCKET}/models")
        given = {"STORAGE_EMULATOR_HOST": site.endpoint, "REGISTRY_LISTEN": "127.0.0.1:0"}
        before = set(site.bucket.objects)
        _, found = diagnose(*flags, **given)
        assert found["blobs"][0] == found["preconditions"][0] == "PASS"
        assert set(site.bucket.objects) == before
        assert site.bucket.open_sessions() == []

        site.bucket.faults.order(Step.START, Answer(403))
        _, found = diagnose(*flags, **given)
        host = site.endpoint.partition("//")[2]
        assert found["blobs"][0] == "FAIL"
        assert found["blobs"][1] == f"gs://{BUCKET} at {host}: status 403: ordered by the test"
        site.bucket.faults.order(Step.DELETE, Answer(403))
        _, found = diagnose(*flags, **given)
        assert found["blobs"][0] == "FAIL"


def test_it_works_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        server = RegistryProcess(disk.folder / "registry").start()
        try:
            flags = ("--data-dir", server.data_dir, "--listen", server.target)
            _, found = diagnose(*flags)
            assert found["disk of blobs"][0] == found["disk of database"][0] == "WARN"
            disk.fill(leave=0)
            for _ in range(2):
                _, found = diagnose(*flags)
                assert found["database"][0] == found["schema"][0] == "PASS"
                assert found["disk of blobs"][0] == found["disk of database"][0] == "FAIL"
                assert "writes are rejected" in found["disk of database"][1]
                assert found["rights"][0] == "FAIL"
                assert "disk" in found["rights"][1]
                server.stop()
        finally:
            server.stop()
