"""Faults while MLflow's programs register and load: nothing is half done, and errors are clear."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from typing_extensions import override

from modelregistry import Client, errors
from modelregistry_mlflow import connection
from tests.support.faults.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.faults.small_disk import MIB, small_disk
from tests.support.mlflow.models import ROWS, folder, forest, log_forest
from tests.support.mlflow.postgres import postgres
from tests.support.mlflow.registry import Registry

PATIENCE_S = 240
BIG = 96 * MIB
CALLS = 16
RANDOM = Random(13)  # noqa: S311 - where connections are cut, and what files have


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.002)


class Big(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """A model with a large file, whose digest it predicts."""

    @override
    def load_context(self, context: Any) -> None:
        self.path = context.artifacts["weights"]

    @override
    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        with Path(self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture(scope="module")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Registry, CuttingProxy]]:
    """A registry on PostgreSQL, which it reaches through a proxy that can cut connections."""
    place = tmp_path_factory.mktemp("on-postgres")
    with ExitStack() as stack:
        socket = stack.enter_context(postgres())
        proxy = stack.enter_context(cutting_proxy(socket, RANDOM))
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable"
        registry = Registry(place, ("--database", url, "--gc-every", "0")).start()
        stack.callback(registry.stop)
        yield registry, proxy


def test_a_registry_on_postgresql_serves_mlflow(
    on_postgres: tuple[Registry, CuttingProxy], tracking_uri: str
) -> None:
    uri = on_postgres[0].uri(on_postgres[0].namespace("usual"))
    mlflow.set_registry_uri(uri)
    client = MlflowClient(tracking_uri, uri)
    with mlflow.start_run() as run:
        log_forest(registered="Production_RF")
    mlflow.register_model(f"runs:/{run.info.run_id}/model", "Production_RF")
    client.set_registered_model_alias("Production_RF", "champion", 1)
    client.transition_model_version_stage("Production_RF", 2, "Production")
    client.set_model_version_tag("Production_RF", 2, "größe", "50% off")

    for at in ("@champion", "/Production"):
        model = mlflow.pyfunc.load_model(f"models:/Production_RF{at}")
        assert model.predict(np.array(ROWS)).tolist() == forest().predict(ROWS).tolist()
    found = client.search_model_versions("name = 'Production_RF'", order_by=["version_number ASC"])
    assert [each.version for each in found] == [1, 2]
    assert client.get_registered_model("Production_RF").aliases == {"champion": 1}
    assert [each.version for each in client.search_model_versions("tag.`größe` LIKE '50%'")] == [2]


@pytest.mark.usefixtures("patient")
def test_a_registration_whose_commit_is_cut_exists_once(
    on_postgres: tuple[Registry, CuttingProxy], tracking_uri: str, tmp_path: Path
) -> None:
    registry, proxy = on_postgres
    client = MlflowClient(tracking_uri, registry.uri(registry.namespace("cut")))
    client.create_registered_model("m")
    source = folder(tmp_path / "source")
    acknowledged, failed = set(), set()
    proxy.cutting.set()
    for number in range(CALLS):
        try:
            client.create_model_version("m", source, tags={"n": str(number)})
        except MlflowException as error:
            failed.add(error.error_code)
        else:
            acknowledged.add(str(number))
    proxy.cutting.clear()

    assert proxy.total > 0
    assert failed <= {"ABORTED", "TEMPORARILY_UNAVAILABLE"}
    found = client.search_model_versions("name = 'm'")
    times = Counter(each.tags["n"] for each in found)
    assert set(times.values()) == {1}
    assert acknowledged <= set(times)
    assert sorted(each.version for each in found) == list(range(1, len(found) + 1))


def test_an_outcome_that_stays_unknown_is_an_error_that_no_client_repeats(
    on_postgres: tuple[Registry, CuttingProxy],
    tracking_uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry, proxy = on_postgres
    uri = registry.uri(registry.namespace("unknown"))
    monkeypatch.setattr(connection, "Client", partial(Client, timeout=3))
    client = MlflowClient(tracking_uri, uri)
    client.create_registered_model("m")
    source = folder(tmp_path / "source")
    proxy.unanswered = b"request_replays"  # nor are those of the client's repeats
    with pytest.raises(MlflowException) as raised:
        client.create_model_version("m", source)
    proxy.unanswered = b""

    assert raised.value.error_code == "ABORTED"
    assert len(client.search_model_versions("name = 'm'")) <= 1


def test_a_full_disk_of_the_registry_registers_nothing_and_says_so(
    tracking_uri: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(tmp_path))
        options = ("--blobs", f"file://{disk.folder}/blobs")
        registry = Registry(tmp_path / "registry", options).start()
        stack.callback(registry.stop)
        uri = registry.uri(registry.namespace("full"))
        mlflow.set_registry_uri(uri)
        client = MlflowClient(tracking_uri, uri)
        disk.fill(leave=0)
        with (
            mlflow.start_run() as run,
            pytest.raises(MlflowException, match="store is full") as raised,
        ):
            log_forest(registered="m")

        # Not a code that MLflow repeats for minutes.
        assert raised.value.error_code == "BAD_REQUEST"
        assert client.search_model_versions("name = 'm'") == []
        disk.relieve()
        made = mlflow.register_model(f"runs:/{run.info.run_id}/model", "m")
        assert int(made.version) == 1
        model = mlflow.pyfunc.load_model("models:/m/1")
        assert model.predict(np.array(ROWS)).tolist() == forest().predict(ROWS).tolist()


@contextmanager
def weights(meanwhile: Callable[[], None]) -> Iterator[str]:
    """Serve an artifact that a registration reads; call `meanwhile` before its bytes are sent."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"files": []}' if "?" in self.path else b"weights"
            if body == b"weights":
                meanwhile()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            place = f"http://127.0.0.1:{server.server_port}/api/2.0/mlflow-artifacts/artifacts"
            yield f"{place}/model/weights.bin"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.usefixtures("patient")
def test_tokens_end_and_change_in_the_middle_of_calls(
    own_registry: Registry, tracking_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = own_registry.namespace("risk", own_registry.token("root", "admin"))
    tokens = {name: own_registry.token(name, "writer") for name in ("ann", "ben", "carl", "dora")}
    file = tmp_path / "token"
    monkeypatch.setenv("MODELREG_TOKEN_FILE", str(file))
    client = MlflowClient(tracking_uri, own_registry.uri(namespace))

    def end(name: str) -> None:
        own_registry.revoke(name)
        with own_registry.client(namespace, tokens[name]) as theirs:
            until(lambda: not is_admitted(theirs), "the token was not revoked")

    def change() -> None:
        file.write_text(tokens["carl"])
        end("ben")

    file.write_text(tokens["ann"])
    client.create_registered_model("m")
    with weights(lambda: end("ann")) as source, pytest.raises(MlflowException) as raised:
        client.create_model_version("m", source)
    assert raised.value.error_code == "UNAUTHENTICATED"

    file.write_text(tokens["ben"])
    assert client.search_model_versions("name = 'm'") == []
    with weights(change) as source:
        made = client.create_model_version("m", source)
    assert (made.version, made.user_id) == (1, "carl")

    # The token changes between two attempts of one call.
    own_registry.stop()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.create_model_version, "m", str(tmp_path / "token"))
        own_registry.revoke("carl")
        file.write_text(tokens["dora"])
        own_registry.restart()
        assert waiting.result().user_id == "dora"


def is_admitted(client: Client) -> bool:
    """Return whether a token is valid."""
    try:
        client.get_namespace(client.namespace)
    except errors.Unauthenticated:
        return False
    return True


@pytest.mark.usefixtures("patient", "tracking_uri")
def test_a_registry_restarts_in_the_middle_of_registering_and_loading(
    own_registry: Registry, tmp_path: Path
) -> None:
    uri = own_registry.uri(own_registry.namespace("risk"))
    mlflow.set_registry_uri(uri)
    file = tmp_path / "weights.bin"
    piece = RANDOM.randbytes(MIB)
    with file.open("wb") as out:
        for number in range(BIG // MIB):
            out.write(number.to_bytes(8) + piece)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    def register() -> None:
        with mlflow.start_run():
            mlflow.pyfunc.log_model(
                "model",
                python_model=Big(),
                artifacts={"weights": str(file)},
                registered_model_name="m",
                pip_requirements=["mlflow"],
            )

    def load() -> object:
        place = tmp_path / "loaded"
        return mlflow.pyfunc.load_model("models:/m/1", dst_path=str(place)).predict([1])

    def interrupted(work: Callable[[], object], place: Path) -> object:
        """Kill the server and start it again while bytes arrive at a place."""
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(work)
            until(lambda: _largest(place) > MIB or running.done(), "no bytes were sent")
            assert not running.done(), "it was over before the registry ended"
            own_registry.kill()
            own_registry.restart()
            return running.result()

    interrupted(register, own_registry.data_dir / "blobs")
    (tmp_path / "loaded").mkdir()
    assert interrupted(load, tmp_path / "loaded") == digest
    assert [each.version for each in MlflowClient().search_model_versions("name = 'm'")] == [1]


def _largest(folder: Path) -> int:
    """Return the size of the largest file in a folder, while files come and go."""
    sizes = [0]
    for path in folder.rglob("*"):
        with suppress(OSError):
            sizes.append(path.stat().st_size if path.is_file() else 0)
    return max(sizes)
