"""What this process runs in: Python, platform, installed packages."""

import platform
import re
from importlib import metadata

from modelregistry.types import Environment, Package


def capture_environment() -> Environment:
    """Return the environment of this process, its packages sorted by normalised name.

    Of several installations of one package the first on `sys.path`, which is the one that imports,
    is named. One whose metadata lacks a name or a version is left out: there is nothing to pin.
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
