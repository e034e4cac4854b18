"""The public surface: pinned, the same in both flavours, and free of the wire."""

import enum
import inspect
import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

import modelregistry
from modelregistry import AsyncClient, Client, types
from modelregistry._terminal import TerminalProgress
from modelregistry._wire.retry_policy import RetryPolicy
from modelregistry.errors import (
    ChunkCorrupt,
    DeadlineExceeded,
    ServerOverloaded,
    Unavailable,
    reasons,
)
from modelregistry.progress import Quiet, default_progress

ROOT = Path(__file__).resolve().parents[3]
STORED = Path(__file__).with_name("surface.txt")


def methods(client: type) -> dict[str, str]:
    return {
        name: str(inspect.signature(member)).replace("Async", "")
        for name, member in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_")
    }


def surface() -> list[str]:
    public = [f"modelregistry.{name}" for name in modelregistry.__all__]
    # The classes of reasons are pinned by the contract: sdk/conformance/errors.json lists them.
    errors = [
        f"errors.{kind.__name__}"
        for kind in modelregistry.errors.descendants()
        if kind.__name__ not in reasons.__all__
    ]
    calls = [f"Client.{name}" for name in methods(Client)]
    return sorted([*public, *errors, *calls, "Client.namespace", "Client.raw", "Client.target"])


def test_the_public_names_are_those_stored() -> None:
    assert surface() == STORED.read_text().split()


def test_every_public_name_exists_and_is_listed_once() -> None:
    assert len(set(modelregistry.__all__)) == len(modelregistry.__all__)
    assert all(hasattr(modelregistry, name) for name in modelregistry.__all__)
    assert set(types.__all__) <= set(modelregistry.__all__)


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    assert set(methods(Client)) == set(methods(AsyncClient))
    for name in methods(Client):
        sync = inspect.signature(getattr(Client, name)).parameters
        aio = inspect.signature(getattr(AsyncClient, name)).parameters
        assert list(sync) == list(aio), name


def test_every_public_method_has_a_docstring() -> None:
    for name in methods(Client):
        assert getattr(Client, name).__doc__, name


@pytest.mark.parametrize("name", types.__all__)
def test_values_are_frozen_and_slotted(name: str) -> None:
    kind = getattr(types, name)
    if issubclass(kind, enum.Enum):
        return
    assert vars(kind)["__dataclass_params__"].frozen
    assert "__slots__" in vars(kind)


def test_the_synchronous_client_is_what_the_generator_writes() -> None:
    program = [sys.executable, str(ROOT / "scripts" / "generate_sync.py"), "--check"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_progress_is_silent_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(default_progress(), Quiet)


def test_progress_shows_bytes_and_files_on_a_terminal() -> None:
    screen = io.StringIO()
    progress = TerminalProgress(Console(file=screen, force_terminal=True, width=100))
    progress.begin("push fraud", total_bytes=4096, total_files=2)
    progress.advance(4096)
    progress.file_done("a")
    progress.end()
    assert "push fraud" in screen.getvalue()
    assert "1/2 files" in screen.getvalue()


def test_patience_ends_with_the_error_that_used_it_up() -> None:
    policy = RetryPolicy()
    error = Unavailable("gone")
    pauses = [policy.pause_after(error) for _ in range(47)]
    assert all(0.05 <= pause <= 2 for pause in pauses)
    assert 40 < sum(pauses) < 90
    with pytest.raises(Unavailable):
        policy.pause_after(error)


def test_patience_with_what_should_not_happen_twice_is_short() -> None:
    policy = RetryPolicy()
    for _ in range(3):
        policy.pause_after(ChunkCorrupt("damaged"))
    with pytest.raises(ChunkCorrupt):
        policy.pause_after(ChunkCorrupt("damaged"))


def test_patience_starts_anew_when_bytes_move() -> None:
    policy = RetryPolicy()
    for _ in range(20):
        policy.record_progress()
        assert policy.pause_after(Unavailable("gone")) <= 0.1


def test_patience_takes_a_byte_for_each_stream_for_none() -> None:
    policy = RetryPolicy()
    policy.record_progress(1)
    with pytest.raises(DeadlineExceeded):
        policy.pause_after(DeadlineExceeded("slow"))
    for _ in range(35):  # the deadline counted for twelve
        policy.record_progress(1)
        policy.pause_after(Unavailable("gone"))
    policy.record_progress(1)
    with pytest.raises(Unavailable):
        policy.pause_after(Unavailable("gone"))


def test_patience_does_not_wait_for_a_stream_that_stood_still() -> None:
    policy = RetryPolicy()
    policy.record_progress()
    policy.pause_after(DeadlineExceeded("slow"))
    with pytest.raises(DeadlineExceeded):
        policy.pause_after(DeadlineExceeded("slow"))


def test_patience_waits_as_long_as_the_server_asked() -> None:
    error = ServerOverloaded("busy", retry_after=timedelta(seconds=5))
    assert RetryPolicy().pause_after(error) >= 5
