"""Adapters of frameworks that are too large for the environment of all tests.

On Linux the package torch brings CUDA: 3 GB to download, 5 GB installed. So these tests are
collected only by `make test-frameworks`, which makes an environment for them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelregistry import Client
from tests.support.server import RegistryProcess

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is ever downloaded

if os.environ.get("REGISTRY_TEST_FRAMEWORKS") != "long":
    collect_ignore_glob = ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings of these frameworks are theirs, and change with each release."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of the module's server."""
    with Client(registry_process.target) as registry:
        yield registry
