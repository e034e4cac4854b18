"""The metrics endpoint of a server: every metric is documented, and the probes tell the truth."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from registry_grpc.persistence.schema_range import head
from tests.support import promtool
from tests.support.content import begin, digest_of, pushed
from tests.support.observability import (
    ALERTS,
    FOLDER,
    alert_expressions,
    dashboard_expressions,
    documented,
)
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

READY = "serving: ok\nreads: ok\nwrites: ok\nschema: ok\nstorage: ok\n"


@dataclass(frozen=True)
class Watched:
    """A server and its endpoint."""

    server: RegistryProcess
    endpoint: str

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body."""
        try:
            with urllib.request.urlopen(f"http://{self.endpoint}{path}", timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def samples(self) -> dict[str, float]:
        """Return each sample of a scrape, as `name{label="value"}`."""
        return {
            f"{sample.name}{json.dumps(sample.labels)}" if sample.labels else sample.name: (
                sample.value
            )
            for family in text_string_to_metric_families(self.get("/metrics")[1])
            for sample in family.samples
        }


@pytest.fixture
def watched(own_registry: RegistryProcess) -> Watched:
    own_registry.options = (
        *("--metrics-listen", "127.0.0.1:0", "--log-format", "json", "--quota-gib", "1"),
    )
    own_registry.start()
    lines = [json.loads(line) for line in own_registry.lines]
    [where] = [line["listen"] for line in lines if line["message"] == "metrics"]
    return Watched(own_registry, where)


def until(condition: Callable[[], bool]) -> None:
    """Return when it is so; fail after a while."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_every_metric_is_in_the_docs_and_has_values(watched: Watched) -> None:
    with connected(watched.server.target) as stubs:
        pushed(stubs, b"counted")
        begin(stubs, digest_of(b"begun"), 5)
    families = text_string_to_metric_families(watched.get("/metrics")[1])
    exported = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
        if not family.name.endswith("_created")  # the times at which counters began
    }
    assert exported == documented()

    until(lambda: watched.get("/readyz") == (200, READY))
    found = watched.samples()
    version = [name for name in found if name.startswith("registry_build_info")]
    assert len(version) == 1
    assert found[f'registry_schema_info{{"schema": "{head()}", "served": "{head()} to {head()}"}}']
    assert found['registry_pool_threads{"pool": "call"}'] == 16
    assert found['registry_database_connections{"state": "most"}'] >= 16
    assert found['registry_namespace_quota_bytes{"namespace": "default"}'] == 2**30
    assert found["registry_blobs_disk_free_bytes"] > 0
    assert found['registry_ready{"part": "writes"}'] == 1


def test_readiness_is_about_what_works_now(watched: Watched) -> None:
    until(lambda: watched.get("/readyz") == (200, READY))
    assert watched.get("/healthz") == (200, "event loop: ok\n")
    database = watched.server.data_dir / "registry.db"
    uploads = watched.server.data_dir / "blobs" / "uploads"
    aside = uploads.with_name("aside")

    uploads.rename(aside)
    uploads.touch()
    failed = "storage: failed: STORAGE_UNAVAILABLE\n"
    until(lambda: watched.get("/readyz/storage") == (503, failed))
    assert watched.get("/readyz") == (503, READY.replace("storage: ok\n", failed))
    assert watched.get("/readyz?exclude=storage")[0] == 200
    assert watched.get("/readyz/writes") == (200, "writes: ok\n")
    assert watched.samples()['registry_ready{"part": "storage"}'] == 0
    [line] = [line for line in watched.server.lines if "accepts no bytes" in line]
    assert str(uploads) in json.loads(line)["cause"]

    database.rename(database.with_name("aside.db"))
    until(lambda: watched.get("/readyz/reads")[0] == 503)
    until(lambda: watched.get("/readyz/writes")[0] == 503)
    assert watched.get("/healthz")[0] == 200
    assert watched.get("/readyz/disk")[0] == 404

    database.with_name("aside.db").rename(database)
    uploads.unlink()
    aside.rename(uploads)
    until(lambda: watched.get("/readyz") == (200, READY))


@pytest.fixture(scope="module")
def tool() -> Callable[..., str]:
    """The real promtool: runs a command, which has to succeed, and returns what it prints."""
    try:
        binary = promtool.install()
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"promtool cannot be had here: {error}")

    def run(*arguments: object, stdin: str = "") -> str:
        done = subprocess.run(
            [binary, *map(str, arguments)],
            capture_output=True,
            check=False,
            cwd=FOLDER,
            input=stdin,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_promtool_accepts_the_rules_and_the_scrape_configuration(tool: Callable[..., str]) -> None:
    assert f"{len(alert_expressions())} rules found" in tool("check", "rules", ALERTS.name)
    tool("check", "config", "prometheus.yaml")


def test_the_alerts_fire_when_they_should(tool: Callable[..., str]) -> None:
    assert "SUCCESS" in tool("test", "rules", "alerts.test.yaml")


def test_promtool_accepts_the_expressions_of_the_dashboard(
    tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, expression in enumerate(dashboard_expressions())
    ]
    file = tmp_path_factory.mktemp("rules") / "dashboard.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in tool("check", "rules", file)


def test_promtool_accepts_the_metrics(tool: Callable[..., str], watched: Watched) -> None:
    tool("check", "metrics", stdin=watched.get("/metrics")[1])
