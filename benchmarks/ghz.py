"""ghz, a load generator for gRPC, built by Go on first use: many calls for little of its CPU."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ROOT, ServerProcess, clean_environ
from modelregistry.v1 import lookup_service_pb2

VERSION = "v0.120.0"
_MODULE = "github.com/bojand/ghz/cmd/ghz"
_PROGRAM = ROOT / "build" / f"ghz-{VERSION}" / "ghz"
_METHOD = "modelregistry.v1.LookupService.ResolveVersion"


def is_there() -> bool:
    """Whether it can be used."""
    return _PROGRAM.is_file()


def install(run: Run) -> None:
    """Have it in build/ if Go is here; the first time takes a minute, and a module proxy to ask."""
    if is_there() or (go := shutil.which("go")) is None:
        return
    run.say(f"building ghz {VERSION} into {_PROGRAM.parent.relative_to(ROOT)}, this once")
    _PROGRAM.parent.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_PROGRAM.parent.parent) as fresh:
        _build(go, Path(fresh))
        _PROGRAM.parent.mkdir(exist_ok=True)
        (Path(fresh) / _PROGRAM.name).replace(_PROGRAM)  # atomic: other processes may build it too


def _build(go: str, folder: Path) -> None:
    done = subprocess.run(
        (go, "install", f"{_MODULE}@{VERSION}"),
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"},
        check=False,
    )
    if done.returncode:
        message = f"ghz {VERSION} could not be built: {done.stderr.strip()[-500:]}"
        raise NotMeasurableError(message)


def per_second(
    server: ServerProcess, ref: str, *, calls: int, at_once: int, connections: int
) -> float:
    """Look a reference up so many times; return how many were answered per second."""
    done = subprocess.run(
        (
            *(str(_PROGRAM), "--insecure", "--format", "json", "--call", _METHOD),
            *("--protoset", str(_contract(server.client_dir))),
            *("--data", json.dumps({"ref": ref}), "--total", str(calls)),
            *("--concurrency", str(at_once), "--connections", str(connections)),
            server.target,
        ),
        capture_output=True,
        text=True,
        env=clean_environ(),
        check=False,
    )
    if done.returncode:
        message = f"ghz ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}"
        raise NotMeasurableError(message)
    report: dict[str, Any] = json.loads(done.stdout)
    if report["statusCodeDistribution"] != {"OK": calls}:
        message = f"not all of {calls} lookups went well: {report['statusCodeDistribution']}"
        raise NotMeasurableError(message)
    return float(report["rps"])


def _contract(folder: Path) -> Path:
    """Write lookups and all that they import into a file: so it need not ask the server."""
    path, found = folder / "lookup.protoset", FileDescriptorSet()
    for file in _with_imports(lookup_service_pb2.DESCRIPTOR, {}).values():
        file.CopyToProto(found.file.add())
    path.write_bytes(found.SerializeToString())
    return path


def _with_imports(
    file: FileDescriptor, found: dict[str, FileDescriptor]
) -> dict[str, FileDescriptor]:
    for imported in file.dependencies:
        _with_imports(imported, found)
    found[file.name] = file
    return found
