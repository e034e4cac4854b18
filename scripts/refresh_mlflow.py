"""Resolve the environments in which the plugin is tested, one for each release of MLflow.

MLflow's pins and the server's exclude each other, so each environment has the SDK, the plugin,
MLflow and the tools of the tests, and not the server. `tests/mlflow/environments/RELEASE.txt` has
the exact versions with the hashes of all their files, as constraints.txt has for the server.

`python scripts/refresh_mlflow.py` writes all of them, with a RELEASE only that one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "tests" / "mlflow" / "environments"
OLDEST: Final = "3.11"

RELEASES: Final = {
    # MLflow 2 needs an older SQLAlchemy than it asks for.
    "2.22.5": ("sqlalchemy<2.1",),
    "3.4.0": ("sqlalchemy<2.1",),
    "3.11.1": ("sqlalchemy<2.1",),
    "3.13.0": ("sqlalchemy<2.1",),
    # The newest that installs: 3.18.0 asks for a mlflow-skinny that was not published. With skops
    # 0.15, which 3.14 and later would take, MLflow's own sample fails.
    "3.17.2": ("skops<0.15",),
}
TOOLS: Final = (
    *("pytest", "pytest-timeout", "pytest-xdist", "hypothesis", "psutil"),
    *("typer", "rich"),  # of `modelreg import mlflow`
)
"""Taken at the versions of constraints.txt."""
BUILDERS: Final = ("hatchling>=1.27,<2", "editables")

HEADER: Final = """\
# Exact versions of the environment in which the plugin is tested with MLflow {release}, for Python
# 3.11, 3.12 and 3.13. With the hashes of all their files: install them with --require-hashes.
# Written by scripts/refresh_mlflow.py; change the ranges there instead of this file.
"""


def main() -> int:
    """Write the environments."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        for release in sys.argv[1:] or RELEASES:
            text = _resolved(python, Path(folder), release)
            (FOLDER / f"{release}.txt").write_text(HEADER.format(release=release) + text)
            print(f"{release}: {text.count('==')} distributions")
    return 0


def _resolved(python: Path, folder: Path, release: str) -> str:
    wanted = folder / "wanted.in"
    wanted.write_text(
        "\n".join(
            (
                f"mlflow=={release}",
                *RELEASES[release],
                *_pinned_tools(),
                *BUILDERS,
                f"modelregistry @ {(ROOT / 'sdk' / 'python').as_uri()}",
            )
        )
    )
    command = [str(python), "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    options = ("--generate-hashes", "--no-annotate", "--no-header", "--python-version", OLDEST)
    # Not the SDK itself, whose place is of this machine.
    own = ("--no-emit-package", "modelregistry")
    run = subprocess.run(
        [*command, *options, *own, str(wanted)], check=True, stdout=subprocess.PIPE, text=True
    )
    kept = [line for line in run.stdout.splitlines() if not line.startswith("#")]
    return "\n".join(kept) + "\n"


def _pinned_tools() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.removesuffix(" \\").split("==") for line in lines if _is_pin(line))
    return [f"{tool}=={pins[tool]}" for tool in TOOLS]


def _is_pin(line: str) -> bool:
    return "==" in line and line[:1] not in {"#", " "}


if __name__ == "__main__":
    sys.exit(main())
