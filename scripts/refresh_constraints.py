"""Resolve every dependency again and write the result to constraints.txt.

Run it with the oldest supported Python (`make constraints PYTHON=python3.11`). What resolves there
is then tried on the newer ones found on PATH. Ranges and their reasons stay in the two
pyproject.toml files; the versions held below their newest, and why, are in HOLDS.

Every pin has the SHA-256 of all its files, for every platform, so that `pip install
--require-hashes` takes nothing else; protos/requirements.txt gets them as well, and
tests/frameworks/requirements.txt, which has what `make test-frameworks` installs beside the rest.
They come from the index that pip is configured with, through uv, and no address is written.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
GENERATOR = ROOT / "protos" / "requirements.txt"
FRAMEWORKS = ROOT / "tests" / "frameworks" / "requirements.txt"
OLDEST, *NEWER = ("3.11", "3.12", "3.13")

HOLDS = {
    "grpcio": (
        "1.83.2",
        """\
from 1.84.2 to 1.85.1 the asyncio server waits on a future per registered method for every
# call: with 20 methods 378-411 µs of CPU against 301-312 here.""",
    ),
}

OURS = ("--editable", "sdk/python[cli]", "--editable", ".")
WANTED = ("--group", "dev", *OURS)
# Dependencies of these are not wanted; pyproject.toml says why.
BARE = ("--no-deps", "--group", "bare")
# What builds and installs our two distributions, beside what they ask for.
BUILDERS = ("pip", "hatchling", "editables")
_PIN = re.compile(r"(?m)^(?P<pin>[A-Za-z0-9._-]+==[^\s\\]+)(?: \\\n(?: +--hash=\S+(?: \\)?\n?)+|$)")
"""A pin alone on its line, with the hashes that follow it."""

HEADER = """\
# Exact versions of everything an environment here installs, for Python 3.11, 3.12 and 3.13.
# With the hashes of all their files: install them with --require-hashes.
# Written by `make constraints`; change the ranges in pyproject.toml or the holds in
# scripts/refresh_constraints.py instead of this file.
"""

FRAMEWORKS_HEADER = """\
# What `make test-frameworks` installs beside constraints.txt, on Linux with x86-64.
# Written by `make constraints`.
"""


class Pin(NamedTuple):
    """One distribution at one version."""

    name: str
    version: str


def main() -> int:
    """Write constraints.txt and try it; the exit code says whether every Python takes it.

    With --hashes the pins stay as they are, and only their hashes are written again.
    """
    if sys.argv[1:] == ["--hashes"]:
        for file in (CONSTRAINTS, GENERATOR, FRAMEWORKS):
            file.write_text(_hashed(file.read_text()))
        return 0
    if not sys.version.startswith(f"{OLDEST}."):
        print(f"resolve with Python {OLDEST}: what a newer one chooses may not exist there")
        return 1
    pins = sorted(_chosen())
    bare = HEADER + "".join(map(_line, pins))
    CONSTRAINTS.write_text(_hashed(bare))
    GENERATOR.write_text(_hashed(GENERATOR.read_text()))
    FRAMEWORKS.write_text(_hashed(FRAMEWORKS_HEADER + "".join(map(_line, _large(bare, pins)))))
    print(f"constraints.txt: {len(pins)} distributions")
    return max(_tried_on(version, bare, {pin.name for pin in pins}) for version in NEWER)


def _chosen() -> set[Pin]:
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(sys.executable, Path(folder) / "venv")
        holds = Path(folder) / "holds.txt"
        holds.write_text("".join(f"{name}=={pin}\n" for name, (pin, _) in HOLDS.items()))
        pins = _resolved(python, "--constraint", str(holds), *WANTED, *BUILDERS)
        return pins | _resolved(python, *BARE)


def _large(bare: str, pins: Iterable[Pin]) -> list[Pin]:
    """Return what the group `frameworks` needs beside the pins."""
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(sys.executable, Path(folder) / "venv")
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(bare)
        found = _resolved(python, "--constraint", str(constraints), "--group", "frameworks")
    return sorted(found - set(pins))


def _hashed(text: str) -> str:
    """Return requirements in which every pin has the hashes of all its files."""
    pins = [found["pin"] for found in _PIN.finditer(text)]
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(sys.executable, Path(folder) / "venv")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        wanted = Path(folder) / "pins.in"
        wanted.write_text("\n".join(pins))
        command = [python, "-m", "uv", "pip", "compile", "--quiet", "--no-deps", "--universal"]
        options = ("--generate-hashes", "--no-annotate", "--no-header", "--python-version", OLDEST)
        run = subprocess.run(
            [*command, *options, str(wanted)], check=True, stdout=subprocess.PIPE, text=True
        )
    hashed = {_key(found["pin"]): found[0].rstrip("\n") for found in _PIN.finditer(run.stdout)}
    return _PIN.sub(lambda found: hashed[_key(found["pin"])] + "\n" * found[0].endswith("\n"), text)


def _key(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{_normal(name)}=={version}"


def _tried_on(version: str, bare: str, pinned: set[str]) -> int:
    """Resolve under the pins with another Python; 1 when that fails or leaves a choice open.

    bare: the pins without hashes, since our own two distributions have none.
    """
    found = shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "-V"], check=False, capture_output=True).returncode:
        print(f"Python {version}: not on this machine, not tried")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(found, Path(folder) / "venv")
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(bare)
        pins = _resolved(python, "--constraint", str(constraints), *WANTED, *BUILDERS)
    unpinned = {pin.name for pin in pins} - pinned
    print(f"Python {version}: {f'needs pins for {sorted(unpinned)}' if unpinned else 'resolves'}")
    return int(bool(unpinned))


def _environment(interpreter: str, folder: Path) -> str:
    """Make an environment whose pip knows dependency groups; return its Python."""
    subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--upgrade", "pip"], check=True)
    return python


def _resolved(python: str, *wanted: str) -> set[Pin]:
    """Ask pip what it would install for these arguments, our own two aside."""
    dry_run = ("install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-")
    command = [python, "-m", "pip", *dry_run, *wanted]
    run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    items = json.loads(run.stdout)["install"]
    found = (item["metadata"] for item in items if "dir_info" not in item["download_info"])
    return {Pin(_normal(item["name"]), item["version"]) for item in found}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _line(pin: Pin) -> str:
    reason = f"# Held: {HOLDS[pin.name][1]}\n" if pin.name in HOLDS else ""
    return f"{reason}{pin.name}=={pin.version}\n"


if __name__ == "__main__":
    sys.exit(main())
