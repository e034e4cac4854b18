"""The real promtool, from Debian's package of Prometheus, unpacked once into build/."""

import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
# build/ is ignored by git and emptied by `make clean`.
HOME = ROOT / "build" / "promtool"
_SECONDS = 240


def install() -> Path:
    """Return the path of promtool, downloading it when it is not there yet.

    Raises FileNotFoundError on a machine without apt-get and dpkg, and OSError when the package
    cannot be fetched.
    """
    binary = HOME / "promtool"
    if binary.exists():
        return binary
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            message = f"{tool} is not on this machine"
            raise FileNotFoundError(message)
    HOME.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.parent) as fresh:
        _run(["apt-get", "download", "prometheus"], Path(fresh))
        [package] = Path(fresh).glob("*.deb")
        _run(["dpkg", "-x", package.name, "."], Path(fresh))
        HOME.mkdir(exist_ok=True)
        (Path(fresh) / "usr/bin/promtool").replace(binary)  # atomic, as other processes may do it
    return binary


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, capture_output=True, check=False, cwd=folder, text=True, timeout=_SECONDS
    )
    if done.returncode != 0:
        raise OSError(done.stderr.strip().rpartition("\n")[2])
