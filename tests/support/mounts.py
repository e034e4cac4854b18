"""Real mounts and real users, for tests of a client in a container; skipped where not allowed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.python import Python, clean_environ

NOBODY = 12345
"""A user without a name, as in a container that runs as any user."""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that other users can reach; pytest's own folders are private."""
    with TemporaryDirectory(prefix="modelreg-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@contextmanager
def mounted(folder: Path, *options: str, source: Path | None = None) -> Iterator[Path]:
    """Mount an empty file system in memory at `folder`, or bind `source` there."""
    if source is None:
        folder.mkdir(parents=True, exist_ok=True)
        how = ["-t", "tmpfs", "-o", ",".join(("size=64m", *options)), "tmpfs"]
    else:
        how = ["--bind", str(source)]
    try:
        _run("mount", *how, str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs root and the right to mount: {error}")
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


def make_read_only(folder: Path) -> None:
    """Refuse all writes to a mounted file system from now on."""
    _run("mount", "-o", "remount,ro", str(folder))


def needs_root() -> None:
    """Skip the test unless it can start processes of other users."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to start processes as other users")


def modelreg_as(user: int, *arguments: object, cwd: Path | None = None, **environ: str) -> Python:
    """Start `modelreg` as another user, by default with no environment but the locale."""
    needs_root()
    kept = {key: value for key, value in clean_environ().items() if key in {"PATH", "LANG"}}
    program = (
        f"import os; os.setgroups([]); os.setgid({user}); os.setuid({user}); "
        "from modelregistry.cli import main; main()"
    )
    return Python(("-c", program, *arguments), {**kept, **environ}, cwd=cwd)


def ended(process: Python, timeout: float = 120) -> tuple[int, str, str]:
    """Wait for a process; return its exit code, its output and its errors."""
    with process:
        out, err = process.communicate(timeout=timeout)
    return process.wait(), out, err


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
