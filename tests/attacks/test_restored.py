"""A database is restored from a backup while clients run: all clients detect it.

The backup and restore are those of docs/operations.md. Before the restore the registry was at a
revision that it reaches again afterwards, with other changes.
"""

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest

from modelregistry import Changes, Client, RouteArm, Version, errors
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.backups import back_up, restore
from tests.support.faults.site import Site, on_files
from tests.support.python import CLIENT, SERVER, Python, clean_environ, run_python
from tests.support.serving import within
from tests.support.stubs import refused

SEEN_S = 60.0
MODEL = "namespaces/default/models/fraud"
CHAMPION = f"{MODEL}/aliases/champion"
SERVED = "fraud@champion"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A registry that collects nothing by itself, with three versions."""
    with on_files(tmp_path / "registry", database_url) as running:
        with client_of(running) as client:
            client.create_model("fraud")
            for number in range(3):
                push(client, tmp_path, f"before {number}")
            client.set_alias("fraud", "champion", 1)
        yield running


def client_of(site: Site) -> Client:
    return Client(site.server.target, cache=False, timeout=20)


def push(client: Client, folder: Path, content: str) -> Version:
    file = folder / "model.bin"
    file.write_text(content)
    return client.push("fraud", file, environment=None, source=None)


def command(site: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `registry-grpc` on what the server works on."""
    given = [*arguments, "--data-dir", str(site.server.data_dir), "--database", site.database_url]
    return run_python((*SERVER, *given), timeout=SEEN_S)


@dataclass
class Watcher:
    """Writes down all that a watch says."""

    said: list[Changes] = field(default_factory=list)

    @property
    def restarts(self) -> list[Changes]:
        return [each for each in self.said if each.restarted]

    @property
    def position(self) -> tuple[str, int]:
        return (self.said[-1].history_id, self.said[-1].revision) if self.said else ("", 0)

    @property
    def has_state(self) -> bool:
        return any(each.initial_state_complete for each in self.said)

    def after_restart(self) -> Sequence[Changes]:
        """The messages after the last restart."""
        last = max(place for place, each in enumerate(self.said) if each.restarted)
        return self.said[last + 1 :]

    @contextmanager
    def watching(self, client: Client) -> Iterator[None]:
        watch = client.watch(models=["fraud"])

        def read() -> None:
            for changes in watch:
                self.said.append(changes)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield
        finally:
            watch.close()
            thread.join(SEEN_S)


def arms(first: int, second: int) -> list[RouteArm]:
    """Return arms with the versions 1 and 2, and these weights."""
    return [
        RouteArm(id="a", version="1", weight=first),
        RouteArm(id="b", version="2", weight=second),
    ]


def restored_in_place(site: Site, backup: Path) -> None:
    """Restore as documented: stop the servers, and declare the restore afterwards."""
    site.server.stop()
    restore(site.database_url, backup)
    done = command(site, "restored", "--yes")
    assert done.returncode == 0, done.stderr
    assert "garbage collection is suspended" in done.stdout
    site.server.restart()


def test_clients_that_lived_through_a_restore_begin_again(site: Site, tmp_path: Path) -> None:
    watcher = Watcher()
    with client_of(site) as client, watcher.watching(client):
        within(SEEN_S, lambda: watcher.said)
        route = client.set_route("fraud", "shares", arms(6_000, 4_000), "a")
        backup = back_up(site.database_url, tmp_path)
        lost = [push(client, tmp_path, f"lost {number}") for number in range(3)]
        alias = client.set_alias("fraud", "champion", lost[-1].number)
        client.set_route("fraud", "shares", arms(2_000, 8_000), "a")
        resolver, router = client.resolver(SERVED), client.router("fraud@shares")
        with resolver, router:
            assert resolver.version.number == lost[-1].number
            assert router.current.slots.count("a") == 2_000
            first_page = next(client.list_versions("fraud", page_size=2).pages())
            within(SEEN_S, lambda: watcher.position[1] >= alias.revision)

            restored_in_place(site, backup)
            within(SEEN_S, lambda: router.current.slots == route.slots)
            with client_of(site) as writer:
                for number in range(5):
                    push(writer, tmp_path, f"after {number}")
                writer.set_route("fraud", "shares", arms(1_000, 9_000), "a")
                other = writer.set_alias("fraud", "champion", 2)
                assert other.revision > alias.revision
                assert other.history_id != alias.history_id

                within(SEEN_S, lambda: resolver.version.number == 2)
                within(SEEN_S, lambda: router.current.slots.count("a") == 1_000)
                # The restart is reported at that revision too: the state follows it.
                within(SEEN_S, lambda: watcher.has_state)
                within(SEEN_S, lambda: watcher.position == (other.history_id, other.revision))
    (restart,) = watcher.restarts
    assert restart.history_id == other.history_id
    events = [event for changes in watcher.after_restart() for event in changes.events]
    assert events[0].action == "state"
    names = {event.name for event in events if "/versions/" in event.name}
    assert names == {f"{MODEL}/versions/{number}" for number in range(1, 9)}
    assert all(changes.history_id == other.history_id for changes in watcher.after_restart())

    refuses_what_is_of_before(site, alias.etag, alias.history_id, alias.revision)
    with site.stubs() as stubs:
        page = catalog.ListVersionsRequest(
            parent=MODEL, page_size=2, page_token=first_page.next_page_token
        )
        assert refused(stubs.ListVersions, page).reason == "HISTORY_CHANGED"


def refuses_what_is_of_before(site: Site, etag: str, history: str, revision: int) -> None:
    """An etag, a revision and a watch of the history before are each said to be that."""
    with site.stubs() as stubs:
        now = stubs.GetAlias(catalog.GetAliasRequest(name=CHAMPION))
        for found in (
            refused(
                stubs.SetAlias,
                catalog.SetAliasRequest(name=CHAMPION, version="fraud/1", etag=etag),
            ),
            refused(
                stubs.ResolveVersion,
                lookup.ResolveVersionRequest(ref=SERVED, min_revision=revision, history_id=history),
            ),
            refused(
                stubs.ListChanges,
                lookup.ListChangesRequest(
                    parent="namespaces/default", start_revision=revision, history_id=history
                ),
            ),
            refused(
                lambda request: next(iter(stubs.Watch(request))),
                lookup.WatchRequest(
                    parent="namespaces/default", start_revision=revision + 1, history_id=history
                ),
            ),
        ):
            assert found.reason == "HISTORY_CHANGED"
            assert found.metadata["history_id"] == now.history_id
            assert found.metadata["given_history_id"] == history
        assert stubs.GetAlias(catalog.GetAliasRequest(name=CHAMPION)).etag == now.etag


def test_a_server_finds_by_itself_that_its_database_was_restored(
    site: Site, tmp_path: Path
) -> None:
    """An undeclared restore under a running server: its log is shorter, or has other entries."""
    watcher = Watcher()
    with client_of(site) as client, watcher.watching(client):
        within(SEEN_S, lambda: watcher.said)
        backup = back_up(site.database_url, tmp_path)
        for number in range(3):
            push(client, tmp_path, f"lost {number}")
        alias = client.set_alias("fraud", "champion", 6)
        within(SEEN_S, lambda: watcher.position[1] >= alias.revision)

        restore(site.database_url, backup)
        within(SEEN_S, lambda: watcher.restarts)
        assert client.get_alias("fraud", "champion").version.endswith("/versions/1")
        with pytest.raises(errors.HistoryChanged):
            client.set_alias("fraud", "champion", 2, etag=alias.etag)
        after = push(client, tmp_path, "after")
    assert "the database was restored" in site.server.log
    refuses_what_is_of_before(site, alias.etag, alias.history_id, alias.revision)
    assert command(site, "gc", "--yes").returncode == 1
    # What was acknowledged is where the next process looks for it.
    site.server.stop()
    site.server.restart()
    with client_of(site) as client:
        assert client.get_version("fraud/4").root_digest == after.root_digest


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_modelreg_sync_goes_on_with_what_was_restored(site: Site, tmp_path: Path) -> None:
    backup = back_up(site.database_url, tmp_path)
    file = tmp_path / "synced" / "model.bin"

    def holds(content: str) -> bool:
        return file.exists() and file.read_text() == content

    with client_of(site) as client:
        client.set_alias("fraud", "champion", push(client, tmp_path, "lost").number)
    process = Python(
        (*CLIENT, "sync", SERVED, file.parent, "--server", site.server.target, "--plaintext"),
        clean_environ() | {"HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    )
    try:
        within(SEEN_S, lambda: holds("lost"))
        restored_in_place(site, backup)
        within(SEEN_S, lambda: holds("before 0"))
        with client_of(site) as client:
            client.set_alias("fraud", "champion", push(client, tmp_path, "after").number)
        within(SEEN_S, lambda: holds("after"))
    finally:
        process.terminate()
        said = process.communicate(timeout=SEEN_S)[1]
    assert "restored from a backup" in said


def test_what_was_registered_after_the_backup_keeps_its_bytes_until_released(
    site: Site, tmp_path: Path
) -> None:
    backup = back_up(site.database_url, tmp_path)
    with client_of(site) as client:
        lost = push(client, tmp_path, "registered after the backup")
    blobs = blobs_of(site)
    restored_in_place(site, backup)

    within(SEEN_S, lambda: "registry_collection_held 1.0" in metrics_of(site))
    held = command(site, "gc", "--yes", "--grace", "0", "--orphan-age", "0")
    assert held.returncode == 1
    assert "registry-grpc gc --release" in held.stderr
    assert blobs_of(site) == blobs
    with client_of(site) as client:
        again = push(client, tmp_path, "registered after the backup")
        assert again.root_digest == lost.root_digest
    assert command(site, "verify").returncode == 0

    released = command(site, "gc", "--yes", "--release", "--grace", "0", "--orphan-age", "0")
    assert released.returncode == 0, released.stderr
    assert "garbage collection is resumed" in released.stdout
    assert blobs_of(site) == blobs
    assert command(site, "gc", "--yes").returncode == 0
    within(SEEN_S, lambda: "registry_collection_held 0.0" in metrics_of(site))


def metrics_of(site: Site) -> str:
    where = re.findall(r"metrics +listen=(\S+) path=/metrics", site.server.log)[-1]
    with urlopen(f"http://{where}/metrics") as reply:
        return str(reply.read().decode())


def test_restored_says_what_it_did_and_may_be_run_again(site: Site) -> None:
    with site.stubs() as stubs:
        before = stubs.GetAlias(catalog.GetAliasRequest(name=CHAMPION))
        done = [command(site, "restored", "--yes", "--json").stdout for _ in range(2)]
        first, second = map(json.loads, done)
        assert first["previous_history_id"] == before.history_id
        assert second["previous_history_id"] == first["history_id"]
        assert second["revision"] == first["revision"] >= before.revision
        assert second["collection_held"] is True

        def now() -> str:
            return str(stubs.GetAlias(catalog.GetAliasRequest(name=CHAMPION)).history_id)

        within(SEEN_S, lambda: now() == second["history_id"])


def blobs_of(site: Site) -> set[str]:
    with site.store() as store:
        return {f"{namespace}/{digest}" for namespace, digest, _, _ in store.published()}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_modelreg_watch_says_that_it_begins_again(site: Site, tmp_path: Path) -> None:
    backup = back_up(site.database_url, tmp_path)
    with client_of(site) as client:
        alias = client.set_alias("fraud", "champion", 3)
    restored_in_place(site, backup)
    with client_of(site) as client:
        client.set_alias("fraud", "champion", 2)
    for options, where in (((), "stderr"), (("--json",), "stdout")):
        said = watched(site, f"{alias.history_id}:{alias.revision}", options, where)
        assert "restored from a backup" in said or '"restarted": true' in said


def watched(site: Site, start: str, options: Sequence[str], where: str) -> str:
    """Run `modelreg watch --from` until it says something on a stream; return that line."""
    process = Python(
        (
            *(*CLIENT, "watch", "--from", start, *options),
            *("--server", site.server.target, "--plaintext"),
        )
    )
    try:
        stream = process.stderr if where == "stderr" else process.stdout
        assert stream is not None
        for line in stream:
            if "restored" in line or "restarted" in line:
                return line
        return ""
    finally:
        process.kill()
        process.communicate(timeout=SEEN_S)
