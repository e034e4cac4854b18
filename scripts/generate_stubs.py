"""Generate modelregistry.v1 from protos/, or check that it is what protos/ says.

Runs in .venv-proto, whose generator is the oldest we support (protos/requirements.txt). The path
of a .proto file is the path of its Python module, so nothing rewrites an import.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GOOGLE_PROTOS = ROOT / "build" / "google-protos"
PACKAGE = Path("modelregistry") / "v1"
STUBS = ROOT / "sdk" / "python" / "src" / PACKAGE
SERVICE = re.compile(r"^service \w+", re.MULTILINE)
INIT = '"""Generated from protos/modelregistry/v1 by `make proto`; do not edit."""\n'


def main() -> int:
    """Write the stubs, or compare them when asked to; the exit code says whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        _generate(Path(folder))
        fresh = _contents(Path(folder) / PACKAGE)
    stored = _contents(STUBS)
    if check:
        return _compare(stored, fresh)
    shutil.rmtree(STUBS, ignore_errors=True)
    STUBS.mkdir(parents=True)
    for name, content in fresh.items():
        (STUBS / name).write_bytes(content)
    print(f"{len(fresh)} files in {STUBS.relative_to(ROOT)}")
    return 0


def _generate(target: Path) -> None:
    contract = sorted((PROTOS / PACKAGE).glob("*.proto"))
    services = [file for file in contract if SERVICE.search(file.read_text())]
    _protoc(target, contract, "python", "mypy")
    _protoc(target, services, "grpc_python", "mypy_grpc")
    (target / PACKAGE / "__init__.py").write_text(INIT)


def _protoc(target: Path, files: list[Path], runtime: str, types: str) -> None:
    # The plugin lives beside this Python, which need not be on anybody's PATH.
    plugin = Path(sys.executable).parent / f"protoc-gen-{types}"
    arguments = (
        f"-I{PROTOS}",
        f"-I{GOOGLE_PROTOS}",
        f"--plugin=protoc-gen-{types}={plugin}",
        f"--{runtime}_out={target}",
        f"--{types}_out=quiet:{target}",
    )
    command = [sys.executable, "-m", "grpc_tools.protoc", *arguments, *map(str, files)]
    if subprocess.run(command, check=False).returncode:
        sys.exit("protoc refused the contract, as said above")


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.py*")) if file.is_file()}


def _compare(stored: dict[str, bytes], fresh: dict[str, bytes]) -> int:
    problems = {
        "missing": fresh.keys() - stored.keys(),
        "stale": stored.keys() - fresh.keys(),
        "different": {name for name in fresh.keys() & stored if fresh[name] != stored[name]},
    }
    for problem, names in problems.items():
        for name in sorted(names):
            print(f"{problem}: {(STUBS / name).relative_to(ROOT)}", file=sys.stderr)
    if any(problems.values()):
        print("run `make proto` and commit what it writes", file=sys.stderr)
        return 1
    print(f"generated stubs: {len(fresh)} files are what protos/ says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
