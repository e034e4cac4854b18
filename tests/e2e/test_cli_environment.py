"""`modelreg` where the environment lacks something: a stream, a folder, a permission, a name."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.mounts import NOBODY, ended, modelreg_as, needs_root, shared
from tests.support.python import CLIENT, clean_environ
from tests.support.server import RegistryProcess, registry_process

__all__ = ["registry_process", "shared"]

DEEP = 1_500


def shell(
    server: RegistryProcess, line: str, *arguments: object, cwd: Path
) -> "subprocess.CompletedProcess[bytes]":
    """Run `modelreg` in a shell line, as "$@": a real process, with the shell's redirections."""
    command: Sequence[str] = ("/bin/sh", "-c", line, "sh", sys.executable, *CLIENT)
    environ = {
        **clean_environ(),
        "MODELREG_SERVER": server.target,
        "MODELREG_CACHE_DIR": str(cwd / "cache"),
        "XDG_CONFIG_HOME": str(cwd / "config"),
    }
    return subprocess.run(
        [*command, *map(str, arguments)], cwd=cwd, env=environ, capture_output=True, check=False
    )


@pytest.fixture(scope="module")
def model(registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "weights.bin").write_bytes(b"weights")
    ran = shell(registry_process, '"$@"', "push", "fraud", folder, cwd=folder.parent)
    assert ran.returncode == 0, ran.stderr
    return folder


def check_one_error(ran: "subprocess.CompletedProcess[bytes]", code: int, words: str) -> None:
    assert ran.returncode == code, ran.stderr
    lines = ran.stderr.decode().splitlines()
    assert lines[0].startswith("error: "), ran.stderr
    assert words in lines[0]
    assert all(line.startswith("hint: ") for line in lines[1:]), ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--help",), ("models", "list"), ("report", "fraud/1")),
        *(("lineage", "fraud/1", "--format", "mermaid"), ("audit",)),
    ],
    ids=" ".join,
)
def test_a_full_device_is_named_once(
    registry_process: RegistryProcess, model: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert model.is_dir()
    ran = shell(registry_process, '"$@" > /dev/full', *arguments, cwd=tmp_path)
    check_one_error(ran, 1, "standard output: No space left on device")


def test_a_push_whose_result_cannot_be_printed_is_not_to_be_repeated(
    registry_process: RegistryProcess, model: Path, tmp_path: Path
) -> None:
    ran = shell(registry_process, '"$@" >/dev/full', "push", "full", model, cwd=tmp_path)
    check_one_error(ran, 1, "standard output: No space left on device")
    assert b"changes that the command made are in effect" in ran.stderr
    ran = shell(registry_process, '"$@" >/dev/full', "models", "list", "--json", cwd=tmp_path)
    assert ran.returncode == 1
    assert json.loads(ran.stderr)["reason"] == "OUTPUT_FAILED"
    ran = shell(registry_process, '"$@"', "resolve", "full/1", cwd=tmp_path)
    assert ran.returncode == 0


def test_a_file_on_a_full_device_is_named(
    registry_process: RegistryProcess, model: Path, tmp_path: Path
) -> None:
    assert model.is_dir()
    ran = shell(registry_process, '"$@"', "report", "fraud/1", "-o", "/dev/full", cwd=tmp_path)
    check_one_error(ran, 1, "/dev/full: No space left on device")


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(
    registry_process: RegistryProcess, model: Path, tmp_path: Path, closed: str
) -> None:
    target = tmp_path / "target"
    assert model.is_dir()
    ran = shell(registry_process, f'"$@" {closed}', "pull", "fraud/1", target, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (target / "weights.bin").read_bytes() == b"weights"
    ran = shell(registry_process, f'"$@" {closed}', "resolve", "fraud/99", cwd=tmp_path)
    assert ran.returncode == 3, ran.stderr
    assert b"Traceback" not in ran.stderr


def test_an_error_that_cannot_be_printed_keeps_its_exit_code(
    registry_process: RegistryProcess, model: Path, tmp_path: Path
) -> None:
    assert model.is_dir()
    for option in ("--json", "--plaintext"):
        line = '"$@" 2> /dev/full'
        ran = shell(registry_process, line, "resolve", "fraud/99", option, cwd=tmp_path)
        assert ran.returncode == 3


def test_a_working_folder_that_was_removed_is_not_needed(
    registry_process: RegistryProcess, model: Path, tmp_path: Path
) -> None:
    line = 'mkdir gone && cd gone && rmdir "$PWD" && "$@"'
    target = tmp_path / "target"
    for arguments in (("push", "fraud", model), ("pull", "fraud/1", target)):
        ran = shell(registry_process, line, *arguments, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
    ran = shell(registry_process, line, "pull", "fraud/1", "target", cwd=tmp_path)
    check_one_error(ran, 1, "a working directory that was removed")


def a_loop(folder: Path) -> str:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    return "'a': is a symbolic link that leads nowhere"


def a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "'pipe': is neither a file nor a folder"


def bytes_for_a_name(folder: Path) -> str:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.bin")).write_bytes(b"x")
    return "\\udcff.bin"


def a_deep_tree(folder: Path) -> str:
    """Deeper than Python's stack, and longer than a path may be."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(DEEP):
        os.mkdir("folder", dir_fd=here)
        inner = os.open("folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    return "File name too long"


@pytest.mark.parametrize(
    "spoil", [a_loop, a_pipe, bytes_for_a_name, a_deep_tree], ids=lambda spoil: spoil.__name__
)
def test_a_folder_that_cannot_be_pushed_is_one_line_that_names_the_path(
    registry_process: RegistryProcess,
    model: Path,
    tmp_path: Path,
    spoil: Callable[[Path], str],
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    assert model.is_dir()
    words = spoil(folder)
    ran = shell(registry_process, '"$@"', "push", "fraud", folder, cwd=tmp_path)
    check_one_error(ran, ran.returncode, words)
    assert ran.returncode in {1, 2}
    # As a target the same folder is replaced, however deep it is.
    ran = shell(registry_process, '"$@"', "pull", "fraud/1", folder, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert [path.name for path in folder.iterdir()] == ["weights.bin"]
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "model"}


def test_a_link_that_loops_is_no_target_and_no_model(
    registry_process: RegistryProcess, model: Path, tmp_path: Path
) -> None:
    assert model.is_dir()
    a_loop(tmp_path)
    ran = shell(registry_process, '"$@"', "pull", "fraud/1", tmp_path / "a", cwd=tmp_path)
    check_one_error(ran, 1, f"{tmp_path}/a is a loop of symbolic links")
    ran = shell(registry_process, '"$@"', "push", "fraud", tmp_path / "a", cwd=tmp_path)
    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr


def test_a_file_that_may_not_be_read_is_named_before_anything_is_sent(
    registry_process: RegistryProcess, shared: Path
) -> None:
    needs_root()
    (shared / "model").mkdir()
    (shared / "model" / "a").write_bytes(b"readable")
    secret = shared / "model" / "secret"
    secret.write_bytes(b"x")
    secret.chmod(0o600)
    server = registry_process.target
    command = ("push", "unread", shared / "model")
    code, _, err = ended(modelreg_as(NOBODY, *command, cwd=shared, MODELREG_SERVER=server))
    assert code == 1
    assert err.splitlines() == [f"error: {secret}: Permission denied"]


def test_a_target_may_have_any_name(
    registry_process: RegistryProcess, model: Path, tmp_path: Path
) -> None:
    target = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n"))
    assert model.is_dir()
    for option in ("--json", "--plaintext"):
        ran = shell(registry_process, '"$@"', "pull", "fraud/1", target, option, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
        assert (target / "weights.bin").read_bytes() == b"weights"
