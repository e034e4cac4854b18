"""Where and on what a run was made."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from benchmarks.servers import ROOT

_PACKAGES = ("registry-grpc", "grpcio", "protobuf", "sqlalchemy", "google-crc32c")
_CPU_INFO = Path("/proc/cpuinfo")


def machine() -> dict[str, object]:
    """Return what decides about absolute figures, and how busy the machine is now."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_average": os.getloadavg(),
    }


def software() -> dict[str, str]:
    """Return the versions of what is measured."""
    versions = {name: metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **versions, "commit": _commit()}


def _processor() -> str:
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    """Return the commit, marked when files differ from it; 'unknown' outside git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
