"""First use from several threads and processes, tokens that change, and servers that restart."""

import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from modelregistry_mlflow.store import RegistryStore
from tests.support.mlflow.models import folder
from tests.support.mlflow.registry import Registry, clean_environ

FIRST_USE = """
import sys, threading
import mlflow
client = mlflow.MlflowClient()
client.search_registered_models()  # the warm-up that the documentation asks for
start = threading.Barrier(8)
failures = []

def use(number):
    start.wait()
    try:
        mlflow.register_model(sys.argv[1], f"model {number}")
        assert mlflow.MlflowClient().get_model_version(f"model {number}", 1).version == 1
    except BaseException as error:
        failures.append(error)

threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failures, failures
print(len(mlflow.MlflowClient().search_registered_models()))
"""

FORKED = """
import os, sys, traceback
import mlflow
client = mlflow.MlflowClient()
client.create_registered_model("m")          # the parent is connected before it forks
children = []
for number in range(4):
    child = os.fork()
    if not child:
        code = 1
        try:
            tags = {"n": str(number)}
            made = mlflow.MlflowClient().create_model_version("m", sys.argv[1], tags=tags)
            assert mlflow.MlflowClient().get_model_version("m", made.version).tags == tags
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    children.append(child)
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
found = client.search_model_versions("name='m'")
print(sorted(each.version for each in found), sorted(each.tags["n"] for each in found))
"""


def run(code: str, source: str, uri: str, place: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program of MLflow's user in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, source],
        cwd=place,
        env={
            **clean_environ(),
            "MLFLOW_TRACKING_URI": f"sqlite:///{place}/mlflow.db",
            "MLFLOW_REGISTRY_URI": uri,
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A folder with a model."""
    return folder(tmp_path / "source")


def test_eight_threads_use_a_store_at_once(source: str, registry_uri: str, tmp_path: Path) -> None:
    done = run(FIRST_USE, source, registry_uri, tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "8"


def test_four_forked_processes_use_a_connected_store(
    source: str, registry_uri: str, tmp_path: Path
) -> None:
    done = run(FORKED, source, registry_uri, tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[1, 2, 3, 4] ['0', '1', '2', '3']"


def test_a_store_of_another_process_works_where_it_is_unpickled(
    source: str, registry_uri: str, tracking_uri: str, tmp_path: Path
) -> None:
    store = RegistryStore(registry_uri, tracking_uri)
    store.create_registered_model("m")
    (tmp_path / "store").write_bytes(pickle.dumps(store))

    done = run(
        "import pickle, sys; "
        f"store = pickle.load(open({str(tmp_path / 'store')!r}, 'rb')); "
        "print(store.create_model_version('m', sys.argv[1]).version)",
        source,
        "modelreg://127.0.0.1:1/nowhere",
        tmp_path,
    )

    assert done.stdout.strip() == "1", done.stderr


def test_concurrent_registrations_have_different_numbers(client: MlflowClient, source: str) -> None:
    client.create_registered_model("m")
    start = threading.Barrier(8)

    def register(_: int) -> int:
        start.wait()
        return int(client.create_model_version("m", source).version)

    with ThreadPoolExecutor(8) as threads:
        numbers = sorted(threads.map(register, range(8)))

    assert numbers == list(range(1, 9))


def test_a_rotated_token_is_used_at_once(
    own_registry: Registry, tracking_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = own_registry.token("root", "admin")
    namespace = own_registry.namespace("risk", admin)
    file = tmp_path / "token"
    file.write_text(own_registry.token("ann", "writer") + "\n")
    monkeypatch.setenv("MODELREG_TOKEN_FILE", str(file))
    client = MlflowClient(tracking_uri, own_registry.uri(namespace))
    client.create_registered_model("m")

    file.write_text("mrt_0123456789abcdef0123456789abcdef")
    with pytest.raises(MlflowException) as refused:
        client.create_registered_model("n")
    file.write_text(own_registry.token("ben", "reader"))
    with pytest.raises(MlflowException) as denied:
        client.create_registered_model("n")
    assert client.get_registered_model("m").name == "m"
    file.unlink()
    with pytest.raises(MlflowException, match="MODELREG_TOKEN_FILE") as unreadable:
        client.get_registered_model("m")

    assert refused.value.error_code == "UNAUTHENTICATED"
    assert denied.value.error_code == "PERMISSION_DENIED"
    assert unreadable.value.error_code == "UNAUTHENTICATED"
    monkeypatch.delenv("MODELREG_TOKEN_FILE")
    monkeypatch.setenv("MODELREG_TOKEN", admin)
    assert client.create_registered_model("n").name == "n"


def test_a_writer_deletes_a_model_that_stays_restorable(
    own_registry: Registry, tracking_uri: str, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    admin = own_registry.token("root", "admin")
    namespace = own_registry.namespace("risk", admin)
    monkeypatch.setenv("MODELREG_TOKEN", own_registry.token("ann", "writer"))
    client = MlflowClient(tracking_uri, own_registry.uri(namespace))
    client.create_registered_model("m")
    client.create_model_version("m", source)

    client.delete_registered_model("m")

    assert client.search_registered_models() == []
    # Not RESOURCE_ALREADY_EXISTS, after which `register_model` would go on.
    with pytest.raises(MlflowException, match="deleted") as taken:
        client.create_registered_model("m")
    assert taken.value.error_code == "BAD_REQUEST"
    with own_registry.client(namespace, admin) as ours:
        ours.undelete_model("m")
    assert client.get_model_version("m", 1).user_id == "ann"


@pytest.mark.usefixtures("patient")
def test_a_server_may_restart_between_two_calls(
    own_registry: Registry, tracking_uri: str, source: str
) -> None:
    client = MlflowClient(tracking_uri, own_registry.uri(own_registry.namespace("risk")))
    client.create_registered_model("m")
    own_registry.kill()
    own_registry.restart()
    client.create_model_version("m", source)
    own_registry.stop()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.get_model_version, "m", 1)
        own_registry.restart()
        assert waiting.result().version == 1


def test_a_registry_that_is_away_is_an_error_and_no_hang(tracking_uri: str) -> None:
    client = MlflowClient(tracking_uri, "modelreg://127.0.0.1:1/risk")

    with pytest.raises(MlflowException, match=r"127\.0\.0\.1:1") as raised:
        client.get_registered_model("m")

    assert raised.value.error_code == "TEMPORARILY_UNAVAILABLE"
