"""Version states over the wire: resolved references, errors, and events of watches."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import Client, Version, errors
from modelregistry.types import VersionState
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import version_pb2
from tests.support.server import RegistryProcess
from tests.support.stubs import connected, refused

SECONDS = 180
REASON = "leaks personal data"
Push = Callable[..., Version]


@pytest.fixture
def registry(registry_process: RegistryProcess, tmp_path: Path) -> Iterator[Client]:
    namespace = f"life-{uuid4().hex[:8]}"
    with Client(registry_process.target, namespace=namespace, cache=tmp_path / "cache") as client:
        client.create_namespace(namespace)
        yield client


@pytest.fixture
def push(registry: Client, tmp_path: Path) -> Push:
    """Pushes a version of fraud whose one file holds a text."""

    def push(text: str, alias: str = "", parents: tuple[str, ...] = ()) -> Version:
        folder = tmp_path / "model"
        folder.mkdir(exist_ok=True)
        (folder / "weights").write_text(text)
        return registry.push(
            "fraud", folder, alias=alias, parents=parents, environment=None, source=None
        )

    return push


def _reason(error: Version | errors.RegistryError) -> str:
    return error.reason if isinstance(error, errors.RegistryError) else error.ref


def test_a_deprecated_version_works_and_a_pull_says_so(
    registry: Client, push: Push, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    push("one", "champion")
    made = registry.deprecate_version("fraud/1", reason="two is better")
    assert made.state is VersionState.DEPRECATED
    assert registry.resolve("fraud@latest").state is VersionState.DEPRECATED
    path = registry.pull("fraud@champion", tmp_path / "out")
    assert (path / "weights").read_text() == "one"
    assert [record.message for record in caplog.records] == [
        f"{made.ref} is deprecated: look for a newer version"
    ]
    registry.set_stage("fraud/1", "staging")
    assert registry.restore_version("fraud/1").state is VersionState.ACTIVE
    registry.pull("fraud@champion", tmp_path / "out")
    assert len(caplog.records) == 1


def test_a_yanked_version_is_named_by_number_and_digest_only(
    registry: Client, push: Push, tmp_path: Path
) -> None:
    push("one")
    two = push("two", "champion")
    registry.set_stage("fraud/2", "staging")
    names = ["fraud/2", f"fraud@{two.root_digest}", "fraud@champion", "fraud@staging"]
    names.append("fraud@latest")
    assert [_reason(found) for found in registry.resolve_many(names)] == [two.ref] * 5
    yanked = registry.yank_version("fraud/2", reason=REASON)
    assert (yanked.aliases, yanked.stage) == (("champion",), "staging")
    assert [_reason(found) for found in registry.resolve_many(names)] == [
        *(two.ref, two.ref, "VERSION_YANKED", "VERSION_YANKED"),
        two.ref.replace("/2", "/1"),
    ]
    with pytest.raises(errors.VersionYanked, match="use its number") as caught:
        registry.get_version("fraud@champion")
    assert caught.value.metadata["resource"] == two.name
    assert registry.get_model("fraud").latest_version == 1
    assert registry.get_version("fraud/2").state is VersionState.YANKED
    path = registry.pull("fraud/2", tmp_path / "out")
    assert (path / "weights").read_text() == "two"
    assert registry.restore_version("fraud/2", reason="was a mistake").state is VersionState.ACTIVE
    assert [_reason(found) for found in registry.resolve_many(names)] == [two.ref] * 5


def test_nothing_can_be_pointed_at_a_version_that_was_yanked_or_revoked(
    registry: Client, push: Push
) -> None:
    push("one")
    push("two")
    registry.yank_version("fraud/1", reason=REASON)
    registry.revoke_version("fraud/2", reason=REASON)
    for number, kind in ((1, errors.VersionYanked), (2, errors.VersionRevoked)):
        ref = f"fraud/{number}"
        for point in (
            lambda ref=ref: registry.set_alias("fraud", "champion", ref),
            lambda ref=ref: registry.set_stage(ref, "staging"),
            lambda ref=ref: registry.promote(ref, "staging"),
            lambda ref=ref: push("three", parents=(ref,)),
        ):
            with pytest.raises(kind):
                point()
    assert [version.number for version in registry.list_versions("fraud")] == [2, 1]
    with pytest.raises(errors.VersionNotFound):
        registry.resolve("fraud@latest")


def test_a_revoked_version_is_named_by_nothing_and_its_bytes_are_kept_back(
    registry: Client, push: Push, tmp_path: Path
) -> None:
    one = push("one", "champion")
    registry.set_stage("fraud/1", "staging")
    revoked = registry.revoke_version("fraud/1", reason=REASON)
    assert (revoked.state, revoked.aliases, revoked.stage) == (
        *(VersionState.REVOKED, ("champion",)),
        "staging",
    )
    for name in ("fraud/1", f"fraud@{one.root_digest}", "fraud@champion", "fraud@staging"):
        with pytest.raises(errors.VersionRevoked):
            registry.resolve(name)
    with pytest.raises(errors.VersionRevoked):
        registry.pull(one, tmp_path / "out")
    with pytest.raises(errors.VersionRevoked):
        list(registry.list_files("fraud/1"))
    assert registry.get_version("fraud/1") == revoked
    for leave in (registry.restore_version, registry.deprecate_version):
        with pytest.raises(errors.VersionRevoked):
            leave("fraud/1")
    with pytest.raises(errors.VersionRevoked):
        registry.yank_version("fraud/1", reason=REASON)
    again = registry.revoke_version("fraud/1", reason="twice")
    assert again.revision == revoked.revision
    gone = registry.delete_version("fraud/1", force=True)
    assert gone.state is VersionState.DELETED
    with pytest.raises(errors.VersionDeleted):
        registry.revoke_version("fraud/1", reason=REASON)


def test_the_past_has_what_resolved_then(registry: Client, push: Push) -> None:
    push("one")
    two = push("two", "champion")
    assert two.update_time is not None
    yanked = registry.yank_version("fraud/2", reason=REASON)
    revoked = registry.revoke_version("fraud/2", reason=REASON)
    names = ["fraud@latest", "fraud@champion", "fraud/2"]
    found = [
        [_reason(one).rpartition("/")[2] for one in registry.resolve_many(names, as_of=moment)]
        for moment in (two.update_time, yanked.update_time, revoked.update_time)
    ]
    assert found == [
        ["2", "2", "2"],
        ["1", "VERSION_YANKED", "2"],
        ["1", "VERSION_REVOKED", "VERSION_REVOKED"],
    ]


def test_who_watches_hears_of_it_at_once_and_reads_why(registry: Client, push: Push) -> None:
    push("one")
    with registry.watch(models=["fraud"]) as watch:
        first = next(watch)
        registry.deprecate_version("fraud/1")
        registry.yank_version("fraud/1", reason="odd")
        registry.restore_version("fraud/1", reason="fine")
        registry.revoke_version("fraud/1", reason=REASON)
        received = [event for changes in _taken(watch, 4) for event in changes.events]
    assert [event.action for event in received] == [
        *("version.deprecate", "version.yank", "version.restore", "version.revoke")
    ]
    assert [event.revision for event in received] == [
        first.revision + step for step in (1, 2, 3, 4)
    ]
    assert [event.reason for event in received] == ["", "odd", "fine", REASON]
    last = received[-1]
    assert isinstance(last.before, Version)
    assert isinstance(last.after, Version)
    assert (last.before.state, last.after.state) == (VersionState.ACTIVE, VersionState.REVOKED)


def _taken(watch: Iterator[object], count: int) -> list:  # type: ignore[type-arg]
    return [changes for changes, _ in zip(watch, range(count), strict=False)]


def test_a_resolver_is_told_that_its_alias_names_nothing_any_more(
    registry: Client, push: Push
) -> None:
    made = push("one", "champion")
    received: queue.Queue[tuple[Version | None, Version | None]] = queue.Queue()
    on_change = lambda now, before: received.put((now, before))  # noqa: E731 - a callback
    with registry.resolver("fraud@champion", on_change=on_change) as resolver:
        registry.revoke_version("fraud/1", reason=REASON)
        now, before = received.get(timeout=SECONDS)
        assert now is None
        assert before is not None
        assert before.name == made.name
        with pytest.raises(errors.VersionRevoked):
            _ = resolver.version
        two = push("two", "champion")
        now, _ = received.get(timeout=SECONDS)
        assert now is not None
        assert (now.name, resolver.version.name) == (two.name, two.name)


def test_lookups_from_memory_are_exact_while_a_version_is_yanked_and_restored(
    registry: Client, push: Push
) -> None:
    push("one")
    push("two", "champion")
    ended, wrong = threading.Event(), []

    def look(least: int, expected: str) -> None:
        found = registry.resolve_many(["fraud@champion", "fraud@latest"], min_revision=least)
        said = ",".join(_reason(one).rpartition("/")[2] for one in found)
        if said != expected:
            wrong.append((least, said, expected))

    def warm() -> None:
        while not ended.is_set():
            registry.resolve_many(["fraud@champion", "fraud@latest"])

    keeper = threading.Thread(target=warm)
    keeper.start()
    try:
        for _ in range(20):
            look(registry.yank_version("fraud/2", reason=REASON).revision, "VERSION_YANKED,1")
            look(registry.restore_version("fraud/2").revision, "2,2")
    finally:
        ended.set()
        keeper.join()
    assert wrong == []


def test_what_is_wrong_with_a_request_is_said(registry: Client, push: Push) -> None:
    made = push("one", "champion")
    with connected(registry.target) as stubs:

        def fields(**given: object) -> tuple[str, ...]:
            request = governance.SetVersionStateRequest(**given)  # type: ignore[arg-type]
            return refused(stubs.SetVersionState, request).fields

        revoked = version_pb2.VERSION_STATE_REVOKED
        assert fields(name=made.name, state=revoked, reason=" ") == ("reason",)
        assert fields(name=made.name, state=version_pb2.VERSION_STATE_DELETED) == ("state",)
        assert fields(name="no name!") == ("name", "state")
        assert fields(name=made.name, state=99) == ("state",)
        for moving in ("@champion", "@latest", f"@{made.root_digest}"):
            name = f"{registry.namespace}/fraud{moving}"
            assert fields(name=name, state=revoked, reason=REASON) == ("name",)
        stale = governance.SetVersionStateRequest(
            name=made.name, state=revoked, reason=REASON, etag="stale"
        )
        assert refused(stubs.SetVersionState, stale).reason == "ETAG_MISMATCH"
        request = catalog.GetVersionRequest(name=made.name)
        assert stubs.GetVersion(request).state == version_pb2.VERSION_STATE_ACTIVE


def test_a_repeat_of_a_change_of_state_has_its_effect_once(registry: Client, push: Push) -> None:
    made = push("one")
    request = governance.SetVersionStateRequest(
        name=made.name, state=version_pb2.VERSION_STATE_DEPRECATED, request_id=str(uuid4())
    )
    with connected(registry.target) as stubs:
        first = stubs.SetVersionState(request)
        registry.restore_version(made)
        assert stubs.SetVersionState(request) == first
    assert registry.get_version(made).state is VersionState.ACTIVE


def test_versions_are_listed_by_their_state(registry: Client, push: Push) -> None:
    for text in ("one", "two", "three"):
        push(text)
    registry.yank_version("fraud/2", reason=REASON)
    registry.revoke_version("fraud/3", reason=REASON)
    found = [
        [version.number for version in registry.list_versions("fraud", filter=expression)]
        for expression in ("state = active", "state = yanked", "state != active")
    ]
    assert found == [[1], [2], [3, 2]]
