"""The provenance of a version: code and data."""

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The code that made a version, its run, and the origin of its bytes."""

    repository: str = ""
    """The location of the repository, without credentials."""
    commit: str = ""
    """40 or 64 lower-case hexadecimal characters."""
    dirty: bool | None = None
    """Whether the work tree had uncommitted changes; None when not known."""
    run_id: str = ""
    """The id of the training run in its own system."""
    entry_point: str = ""
    """The script or module that ran."""
    uri: str = ""
    """Where the bytes came from or, of a version by reference, are; without credentials."""
    run_link: str = ""
    """The address of a page about the run, without credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionOrigin:
    """The version that another one is a copy of."""

    version: str
    """Its canonical name when it was copied."""
    uid: str
    """Its `uid`, which identifies it for ever."""
    registry: str = ""
    """The address of its registry; empty for a copy within one registry."""


class DatasetRole(IntEnum):
    """The purpose that data was used for."""

    TRAINING = 1
    VALIDATION = 2
    """Used to choose between models."""
    TEST = 3
    """Used to measure the reported metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInput:
    """A dataset that a version was made from."""

    uri: str
    """Its location, such as `gs://claims/2026-10.parquet`, without credentials."""
    digest: str = ""
    """`<algorithm>:<value>`; empty when the data was not pinned."""
    role: DatasetRole | int = DatasetRole.TRAINING
    """A plain int is a role that this release does not know."""
