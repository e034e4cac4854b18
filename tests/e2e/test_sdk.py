"""The SDK against a real server: what users write, sync and async, and what they survive."""

import asyncio
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import AsyncClient, Client, RegistryError, Version
from modelregistry.errors import AliasNotFound, EtagMismatch, PermissionDenied, Unauthenticated
from modelregistry.progress import Quiet
from tests.support.server import RegistryProcess

MIB = 1_024 * 1_024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with a nested file, an empty one and one of several messages."""
    (tmp_path / "model" / "tokenizer").mkdir(parents=True)
    (tmp_path / "model" / "weights.bin").write_bytes(os.urandom(3 * MIB + 5))
    (tmp_path / "model" / "tokenizer" / "vocab.txt").write_text("a\nb\n")
    (tmp_path / "model" / "EMPTY").touch()
    return tmp_path / "model"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_what_the_readme_promises(registry_process: RegistryProcess, folder: Path) -> None:
    with Client(registry_process.target) as registry:
        pushed = registry.push(
            "fraud", folder, alias="champion", metrics={"auc": 0.97}, tags={"team": "risk"}
        )
        version = registry.resolve("fraud@champion")
        path = registry.pull("fraud@champion", folder.parent / "serving")

    assert (version.name, version.metrics, version.tags) == (
        pushed.name,
        {"auc": 0.97},
        {"team": "risk"},
    )
    assert contents(path) == contents(folder)


def test_a_namespace_may_be_called_namespaces(
    registry_process: RegistryProcess, folder: Path
) -> None:
    with Client(registry_process.target, namespace="namespaces") as registry:
        registry.create_namespace("namespaces")
        pushed = registry.push("models", folder, alias="champion")
    with Client(registry_process.target) as registry:
        assert registry.resolve("namespaces/models/1").name == pushed.name
        with registry.resolver("namespaces/models@champion") as champion:
            assert champion.version.name == pushed.name
        path = registry.pull("namespaces/models@champion", folder.parent / "serving")
        assert registry.get_model("namespaces/models").name == pushed.name.partition("/versions")[0]
    assert contents(path) == contents(folder)


def test_the_environment_and_the_commit_are_captured(
    registry_process: RegistryProcess, folder: Path
) -> None:
    with Client(registry_process.target) as registry:
        registry.push("captured", folder)
        version = registry.get_version("captured@latest")

    assert version.environment is not None
    names = {package.name.lower() for package in version.environment.packages}
    assert {"grpcio", "pytest"} <= names
    assert version.source is not None
    assert len(version.source.commit) == 40


def test_the_async_client_does_the_same(registry_process: RegistryProcess, folder: Path) -> None:
    async def flow() -> tuple[Version, Path, list[int]]:
        async with AsyncClient(registry_process.target) as registry:
            await registry.push("async-fraud", folder, alias="champion")
            await registry.push("async-fraud", folder)
            version = await registry.resolve("async-fraud@champion")
            path = await registry.pull("async-fraud@champion", folder.parent / "serving")
            numbers = [item.number async for item in registry.list_versions("async-fraud")]
            return version, path, numbers

    version, path, numbers = asyncio.run(flow())

    assert version.number == 1
    assert numbers == [2, 1]
    assert contents(path) == contents(folder)


def test_refusals_are_exceptions_with_fields(registry_process: RegistryProcess) -> None:
    with Client(registry_process.target) as registry:
        registry.create_model("refusals")
        with pytest.raises(AliasNotFound) as caught:
            registry.resolve("refusals@nobody")
        found = registry.resolve_many(["refusals@nobody", "refusals/1"])
        model = registry.update_model("refusals", owner="me")
        with pytest.raises(EtagMismatch) as stale:
            registry.update_model("refusals", owner="you", etag="r1")

    assert caught.value.reason == "ALIAS_NOT_FOUND"
    assert caught.value.request_id
    assert all(isinstance(item, RegistryError) for item in found)
    assert stale.value.metadata["current_etag"] == model.etag


def test_tokens_are_sent_and_refusals_typed(own_registry: RegistryProcess) -> None:
    reader = own_registry.token("r", "reader")
    own_registry.start()
    with Client(own_registry.target, token=reader) as registry:
        assert list(registry.list_models()) == []
        with pytest.raises(PermissionDenied):
            registry.create_model("m")
    with Client(own_registry.target) as registry, pytest.raises(Unauthenticated):
        registry.create_model("m")


def test_no_call_fails_over_restarts(own_registry: RegistryProcess, folder: Path) -> None:
    own_registry.start()
    with Client(own_registry.target) as registry:
        registry.push("steady", folder, alias="champion", progress=Quiet())
        done = threading.Event()

        def restart_twice() -> None:
            for _ in range(2):
                time.sleep(0.5)
                own_registry.stop()
                own_registry.restart()
            done.set()

        threading.Thread(target=restart_twice).start()
        calls = 0
        while not done.is_set():
            registry.set_alias("steady", f"a{calls}", 1)
            assert registry.resolve(f"steady@a{calls}").number == 1
            calls += 1
    assert calls > 0


def test_a_push_survives_the_servers_death(own_registry: RegistryProcess, tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(os.urandom(96 * MIB))
    own_registry.start()

    class KillOnce(Quiet):
        """Kills the server when half of the bytes are sent, and starts it again."""

        sent = 0
        killed = False

        @override
        def advance(self, byte_count: int) -> None:
            self.sent += byte_count
            if self.sent > 40 * MIB and not self.killed:
                self.killed = True
                own_registry.kill()
                threading.Timer(0.2, own_registry.restart).start()

    progress = KillOnce()
    with Client(own_registry.target) as registry:
        version = registry.push("big", tmp_path / "big.bin", progress=progress)
        path = registry.pull(version.ref, tmp_path / "out", progress=Quiet())

    assert progress.killed
    assert (path / "big.bin").read_bytes() == (tmp_path / "big.bin").read_bytes()


def _resolve_in_child(results: "multiprocessing.Queue[int]", client: Client) -> None:
    results.put(client.resolve("forked@latest").number)


def test_a_forked_child_can_go_on_with_its_parents_client(
    registry_process: RegistryProcess, folder: Path
) -> None:
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    with Client(registry_process.target) as registry:
        registry.push("forked", folder)
        children = [
            fork.Process(target=_resolve_in_child, args=(results, registry)) for _ in range(2)
        ]
        for child in children:
            child.start()
        try:
            assert [results.get(timeout=120) for _ in children] == [1, 1]
        finally:
            for child in children:  # a child that hangs must not outlive the test
                child.join(timeout=10)
                child.kill()
        assert registry.resolve("forked@latest").number == 1


def test_many_threads_share_one_client(registry_process: RegistryProcess, folder: Path) -> None:
    with Client(registry_process.target) as registry:
        registry.push("threads", folder)
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(registry.resolve("threads/1").number))
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [1] * 16
