"""Profiles of reference data through a real server: pushed, loaded, and compared."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from modelregistry import AsyncClient, Client, drift, errors
from tests.support.server import RegistryProcess

ROWS = np.random.default_rng(3).normal(size=400)
TABLE = {"amount": ROWS, "country": ["de", "fr"] * 200}


@pytest.fixture(scope="module")
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own."""
    namespace = f"drift-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        yield client


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with one file."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    return folder


def test_the_profile_of_a_table_is_a_file_of_the_version(
    registry: Client, model: Path, tmp_path: Path
) -> None:
    made = registry.push("fraud", model, profile=TABLE, alias="champion")
    assert [file.path for file in registry.list_files(made)] == ["PROFILE.json", "model.bin"]
    loaded = registry.load_profile("fraud@champion")
    assert loaded == drift.profile(TABLE)
    pulled = registry.pull(made, tmp_path / "pulled") / "PROFILE.json"
    assert pulled.read_bytes() == drift.profile_bytes(loaded)
    found = drift.compare(loaded, {"amount": ROWS + 3, "country": ["de"] * 400})
    assert found.profile_digest == next(iter(registry.list_files(made))).digest
    assert {drift.hint(each) for each in found.results} <= {"drift", "large"}


async def test_an_asynchronous_client_does_the_same(registry: Client, model: Path) -> None:
    profile = drift.profile(TABLE, sample_size=100)
    async with AsyncClient(registry.target, namespace=registry.namespace, cache=False) as client:
        check = await client.check_push("fraud", model, profile=profile)
        assert check.file_count == 2
        made = await client.push("fraud", model, profile=profile)
        assert await client.load_profile(made) == profile


def test_a_wrong_profile_sends_nothing(registry: Client, model: Path) -> None:
    before = registry.get_usage()
    for wrong, problem in ((7, "must be a mapping"), ({"x": [object()]}, "cannot be compared")):
        with pytest.raises(errors.InvalidRequest, match=problem):
            registry.push("fraud", model, profile=wrong)
    (model / "PROFILE.json").write_text("{}")
    with pytest.raises(errors.InvalidRequest, match=r"has a file PROFILE\.json already"):
        registry.push("fraud", model, profile=TABLE)
    with pytest.raises(errors.InvalidRequest, match="by reference"):
        registry.register_reference("fraud", "s3://models/fraud", profile=TABLE)
    assert registry.get_usage() == before


def test_a_version_without_a_profile_says_so(registry: Client, model: Path) -> None:
    plain = registry.push("plain", model)
    with pytest.raises(errors.ProfileInvalid, match="pushed without a profile"):
        registry.load_profile(plain)
    (model / "PROFILE.json").write_text(json.dumps({"schema": 1, "rows": 1, "columns": 1}))
    forged = registry.push("plain", model)
    with pytest.raises(errors.ProfileInvalid, match="columns must be a list"):
        registry.load_profile(forged)
