"""`modelreg` as a process of its own: terminals, pipes, signals, access."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.python import CLIENT, SERVER, Python, clean_environ, run_python
from tests.support.server import RegistryProcess, registry_process

__all__ = ["registry_process"]


def modelreg(
    *arguments: object, config: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return run_python(
        (*CLIENT, *arguments),
        clean_environ() | {"XDG_CONFIG_HOME": str(config)} | variables,
        timeout=1200,
    )


def on_a_terminal(answer: str, *arguments: str, config: Path, server: str) -> tuple[int, str]:
    """Run it on a terminal, type an answer, and return exit code and screen."""
    keyboard, terminal = pty.openpty()
    process = Python(
        (*CLIENT, "--server", server, *arguments),
        clean_environ() | {"XDG_CONFIG_HOME": str(config), "TERM": "xterm-256color"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    os.write(keyboard, answer.encode())
    screen = b""
    while piece := _shown(keyboard):
        screen += piece
    os.close(keyboard)
    return process.wait(timeout=1200), screen.decode()


def _shown(keyboard: int) -> bytes:
    try:
        return os.read(keyboard, 4096)
    except OSError:  # Linux: no process has the terminal open any more
        return b""


@pytest.fixture(scope="module")
def model(registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    (folder / "weights.bin").write_bytes(b"weights")
    server = registry_process.target
    ran = modelreg(
        "push", "fraud", folder, "--alias", "champion", "--server", server, config=folder
    )
    assert ran.returncode == 0, ran.stderr
    return "fraud"


def test_a_pipe_gets_plain_text(
    registry_process: RegistryProcess, model: str, tmp_path: Path
) -> None:
    ran = modelreg(
        *("versions", "list", model), config=tmp_path, MODELREG_SERVER=registry_process.target
    )
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[1].startswith(f"{model}/1  champion")
    assert "\x1b" not in ran.stdout


def test_a_terminal_gets_colour(
    registry_process: RegistryProcess, model: str, tmp_path: Path
) -> None:
    code, screen = on_a_terminal(
        *("", "versions", "list", model), config=tmp_path, server=registry_process.target
    )
    assert code == 0, screen
    assert "\x1b[1;36mchampion\x1b[0m" in screen


def test_a_terminal_is_asked_before_a_delete(
    registry_process: RegistryProcess, model: str, tmp_path: Path
) -> None:
    server = registry_process.target
    code, screen = on_a_terminal(
        *("n\n", "models", "delete", model), config=tmp_path, server=server
    )
    assert code == 1, screen
    assert f"Delete model {model}?" in screen
    assert modelreg("models", "show", model, "--server", server, config=tmp_path).returncode == 0
    code, screen = on_a_terminal(
        *("y\n", "models", "delete", model), config=tmp_path, server=server
    )
    assert code == 0, screen
    assert f"deleted {model}" in screen
    assert (
        modelreg("models", "undelete", model, "--server", server, config=tmp_path).returncode == 0
    )


def test_a_registry_that_is_not_there_is_code_5(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        server = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = modelreg("--server", server, "--timeout", "1", "models", "list", config=tmp_path)
        assert ran.returncode == 5
        assert server in ran.stderr
        assert len(ran.stderr.splitlines()) == 2
        ran = modelreg(
            *("models", "list", "--server", server, "--timeout", "1", "--json"), config=tmp_path
        )
        assert ran.returncode == 5
        assert json.loads(ran.stderr)["reason"] == "CANNOT_CONNECT"


def test_an_interrupt_is_code_130_without_a_trace(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(30)
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        process = Python(
            (*CLIENT, "--server", server, "models", "list"),
            clean_environ() | {"XDG_CONFIG_HOME": str(tmp_path)},
        )
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            _, stderr_text = process.communicate(timeout=120)
    assert process.returncode == 130
    assert stderr_text.startswith("error: interrupted\n")
    assert "Traceback" not in stderr_text


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    """A server that wants tokens."""
    server = RegistryProcess(tmp_path_factory.mktemp("guarded")).start()
    yield server
    server.stop()


def token(server: RegistryProcess, role: str) -> str:
    command = (*SERVER, "token", "create", f"test-{role}")
    options = ("--role", role, "--data-dir", server.data_dir)
    return run_python((*command, *options), check=True).stdout.strip()


def test_a_token_that_could_not_be_shown_is_revoked(tmp_path: Path) -> None:
    command = (*SERVER, "token")
    place = ("--data-dir", tmp_path)
    run_python((*SERVER, "migrate", *place), check=True)
    for as_json in ((), ("--json",)):
        with Path("/dev/full").open("w") as full:
            # Not forked: what Python says when its last words do not fit is its own.
            made = subprocess.run(
                [sys.executable, *command, "create", "ann", *map(str, place), *as_json],
                env=clean_environ(),
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert made.returncode == 1
        assert b"Traceback" not in made.stderr
    listed = run_python((*command, "list", *place, "--json"), check=True)
    assert [token["revoke_time"] is not None for token in json.loads(listed.stdout)] == [True, True]


def test_tokens_come_from_the_environment_a_file_or_a_profile_and_are_never_shown(
    guarded: RegistryProcess, tmp_path: Path
) -> None:
    writer, reader = token(guarded, "writer"), token(guarded, "reader")
    server = ("--server", guarded.target)
    create = ("models", "create")

    ran = modelreg(*create, "a", *server, config=tmp_path)
    assert ran.returncode == 4
    assert "MODELREG_TOKEN" in ran.stderr

    ran = modelreg(*create, "a", *server, config=tmp_path, MODELREG_TOKEN="mr_wrong")
    assert ran.returncode == 4
    assert "mr_wrong" not in ran.stdout + ran.stderr

    ran = modelreg(*create, "a", *server, "--json", config=tmp_path, MODELREG_TOKEN=reader)
    assert ran.returncode == 4
    assert json.loads(ran.stderr)["reason"] == "PERMISSION_DENIED"
    assert reader not in ran.stderr

    (tmp_path / "token").write_text(writer + "\n")
    ran = modelreg(*create, "a", *server, "--token-file", tmp_path / "token", config=tmp_path)
    assert ran.returncode == 0, ran.stderr

    profiles = tmp_path / "modelreg" / "profiles.toml"
    profiles.parent.mkdir()
    profiles.write_text(f'[risk]\nserver = "{guarded.target}"\ntoken = "{writer}"\n')
    profiles.chmod(0o600)
    ran = modelreg("--profile", "risk", *create, "b", config=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert modelreg("models", "list", config=tmp_path, MODELREG_PROFILE="risk").returncode == 0

    profiles.chmod(0o644)
    ran = modelreg("--profile", "risk", *create, "c", config=tmp_path)
    assert ran.returncode == 2
    assert "chmod 600" in ran.stderr
    assert writer not in ran.stdout + ran.stderr
