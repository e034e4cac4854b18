"""The provenance of a version: the environment of this process and the commit of its code."""

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from modelregistry._credentials import without_credentials
from modelregistry.types import Environment, Package, Source


def capture_environment() -> Environment:
    """Return the environment of this process, its packages sorted by normalised name.

    Of several installations of one package it lists the first on `sys.path`, which Python imports.
    It omits packages whose metadata lacks a name or a version.
    """
    found: dict[str, Package] = {}
    for distribution in metadata.distributions():
        header = distribution.metadata
        name, version = _field(header, "Name"), _field(header, "Version")
        if name and version:
            found.setdefault(_normalised(name), Package(name, version))
    return Environment(
        python_version=platform.python_version(),
        platform=platform.platform(),
        packages=tuple(found[key] for key in sorted(found)),
    )


def _field(header: metadata.PackageMetadata, key: str) -> str:
    return next(iter(header.get_all(key) or ()), "")


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_GIT_TIMEOUT_S = 10


def capture_source(folder: Path) -> Source | None:
    """Return the commit of `folder`, whether it has changes, and its remote `origin`.

    Returns None without git, without a repository and before the first commit. The address of the
    remote comes without credentials.
    """
    git = shutil.which("git")
    commit = _ask(git, folder, "rev-parse", "--verify", "HEAD") if git else None
    if git is None or commit is None or not _COMMIT.fullmatch(commit):
        return None
    changes = _ask(git, folder, "status", "--porcelain")
    remote = _ask(git, folder, "remote", "get-url", "origin")
    return Source(
        repository=without_credentials(remote or ""),
        commit=commit,
        dirty=None if changes is None else bool(changes),
    )


def _ask(git: str, folder: Path, *question: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own git, fixed arguments
            [git, "-C", str(folder), *question],
            capture_output=True,
            check=False,
            timeout=_GIT_TIMEOUT_S,
            # Read only: `status` would otherwise refresh the user's index.
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode(errors="replace").strip() if answer.returncode == 0 else None
