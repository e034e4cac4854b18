"""The facts of a version: environment, source, data, parameters, results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from registry_grpc.domain.ensemble import EnsembleSpec


@dataclass(frozen=True, slots=True)
class Package:
    """One installed distribution with its exact version."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Environment:
    """The training environment; '' for unknown values."""

    python_version: str = ""
    platform: str = ""
    packages: tuple[Package, ...] = ()
    image: str = ""
    accelerator: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The training code, its run, and the origin of the bytes; '' and None for unknown values."""

    repository: str = ""
    commit: str = ""
    dirty: bool | None = None
    run_id: str = ""
    entry_point: str = ""
    uri: str = ""
    run_link: str = ""


class DatasetRole(StrEnum):
    """The uses of a dataset."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """An input dataset. digest: `<algorithm>:<value>`, '' if it was not pinned."""

    uri: str
    digest: str
    role: DatasetRole


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """low ≤ high; level between 0 and 1."""

    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class SliceMetric:
    """One metric on the examples with `dimension` = `value`. count: of these examples."""

    dimension: str
    value: str
    count: int
    metric: str
    result: float
    interval: ConfidenceInterval | None = None


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor or column; -1 in shape is any length."""

    name: str
    dtype: str
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs and outputs of a model."""

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionOrigin:
    """The version that another one is a copy of.

    registry: the address of another registry, as a caller stated it; '' for this one. version: its
    canonical name when it was copied.
    """

    version: str
    uid: UUID
    registry: str = ""


@dataclass(frozen=True, slots=True)
class VersionDetail:
    """The larger facts of a version. parents: as references in a draft, canonical when stored.

    copied_from: None unless it is a copy. ensemble: None unless it has members.
    """

    environment: Environment | None = None
    source: Source | None = None
    inputs: tuple[DatasetInput, ...] = ()
    parents: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    slices: tuple[SliceMetric, ...] = ()
    signature: Signature | None = None
    copied_from: VersionOrigin | None = None
    ensemble: EnsembleSpec | None = None
