"""Configuration of all tests: markers by folder, and skips that CI does not accept."""

import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# Imported here, and not by the tests, so that what lives for a session exists once.
from tests.support.databases import (  # noqa: F401
    database,
    database_kind,
    database_url,
    empty_database_url,
    fresh_database,
    postgres,
    postgres_folder,
    sqlite_template,
)
from tests.support.server import (  # noqa: F401
    own_registry,
    registry_on_either,
    registry_process,
    stubs,
)
from tests.support.staged import staged  # noqa: F401

# An example is slow when the machine is busy, which says nothing of the code.
settings.register_profile("registry", deadline=None)
settings.load_profile("registry")

collect_ignore = ["mlflow"]
"""Run in environments of their own: see `make test-mlflow`."""


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep clients of this session away from the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


# A process in the background of a shell inherits SIGINT as ignored, and so would the programs that
# tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same holds for PYTHONDONTWRITEBYTECODE: hundreds of processes would compile everything again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_FOLDERS = Path(__file__).parent
_SLOWEST_FIRST = ("attacks", "faults", "e2e", "frameworks", "contract", "unit")
REQUIRE_ALL = os.environ.get("REGISTRY_TEST_REQUIRE_ALL") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make test-fast` run without PostgreSQL, and `make test-pooler` through a pooler."""
    parser.addoption("--sqlite", action="store_true", help="no tests that need PostgreSQL")
    parser.addoption(
        "--pooled", action="store_true", help="only tests on PostgreSQL, through PgBouncer"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is costly by the folder it lies in, and begin with it.

    Files that take minutes come before those that take none, so that no worker ends long after the
    others; within a folder the order stays random.
    """
    for item in items:
        if _folder(item) in {"e2e", "faults"}:
            item.add_marker(_folder(item))
    items.sort(key=lambda item: _SLOWEST_FIRST.index(_folder(item)))
    if config.getoption("--sqlite") or config.getoption("--pooled"):
        selects = _is_pooled if config.getoption("--pooled") else _is_on_sqlite
        left_out = [item for item in items if not selects(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if selects(item)]


def _is_on_sqlite(item: pytest.Item) -> bool:
    return not _needs_postgres(item)


def _is_pooled(item: pytest.Item) -> bool:
    return _needs_postgres(item) and item.get_closest_marker("direct") is None


def _needs_postgres(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "postgresql" in params or "postgres_folder" in item.fixturenames


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(_FOLDERS).parts[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip into a failure where REGISTRY_TEST_REQUIRE_ALL=1 (CI sets it)."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but REGISTRY_TEST_REQUIRE_ALL=1: {report.longrepr}"
    return report
