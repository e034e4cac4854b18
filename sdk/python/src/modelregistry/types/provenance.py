"""Where a version came from: the code and the data."""

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The code that made a version."""

    repository: str = ""
    """Where the repository is, without credentials."""
    commit: str = ""
    """40 or 64 lower-case hexadecimal characters."""
    dirty: bool | None = None
    """Whether the work tree had changes that the commit lacks; None when not known."""
    run_id: str = ""
    """The id of the training run in its own system."""
    entry_point: str = ""
    """The script or module that ran."""


class DatasetRole(IntEnum):
    """What data was used for."""

    TRAINING = 1
    VALIDATION = 2
    """Choices were made by it."""
    TEST = 3
    """The reported metrics were measured on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInput:
    """Data that made a version."""

    uri: str
    """Where it is, such as `gs://claims/2026-10.parquet`, without credentials."""
    digest: str = ""
    """`<algorithm>:<value>`; empty when the data was not pinned."""
    role: DatasetRole | int = DatasetRole.TRAINING
    """A plain int is a role that this release does not know."""
