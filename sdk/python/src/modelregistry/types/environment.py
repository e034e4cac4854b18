"""The environment that a version was trained in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package, exactly."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The environment that a version was trained in."""

    python_version: str = ""
    """Such as `3.11.7`."""
    platform: str = ""
    """Such as `Linux-6.1.0-x86_64-with-glibc2.36`."""
    packages: tuple[Package, ...] = ()
    """The installed packages as a lock."""
    image: str = ""
    """The container image as `name@sha256:<hex>`, if there was one."""
    accelerator: str = ""
    """Such as `NVIDIA A100 80GB x8`, if there was one."""
