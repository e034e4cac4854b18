"""Versions: immutable records of trained models, and their files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from modelregistry.names import segment, short_ref
from modelregistry.types.ensemble import Ensemble, EnsembleStatus
from modelregistry.types.environment import Environment
from modelregistry.types.provenance import DatasetInput, Source, VersionOrigin
from modelregistry.types.quality import Signature, SliceMetric

Scalar = str | bool | int | float
"""A value of a parameter, tag or label; others than texts are written as in JSON."""


class VersionState(IntEnum):
    """The state of a version: whether it may be used, and which references resolve to it."""

    ACTIVE = 1
    DELETED = 2
    """The record stays for the audit; no reference resolves to it."""
    DEPRECATED = 3
    """Everything works; `pull` logs a warning."""
    YANKED = 4
    """Only its number and its digest resolve to it; aliases, stages and `latest` do not."""
    REVOKED = 5
    """No reference resolves to it, permanently; its bytes are kept until it is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a version."""

    path: str
    """Relative, with `/` between parts, Unicode NFC."""
    digest: str
    """`sha256:<hex>` of its bytes."""
    size_bytes: int
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """The facts of a new version, apart from its files.

    Immutable except for `description`, `labels` and `annotations`.
    """

    description: str = ""
    tags: Mapping[str, Scalar] = field(default_factory=dict)
    """Short facts; immutable. Bools and numbers are written as in JSON."""
    labels: Mapping[str, Scalar] = field(default_factory=dict)
    """For searching; can be changed later. Bools and numbers are written as in JSON."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Overall results, such as `{"auc": 0.97}`. Finite numbers."""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    """Training parameters. Bools and numbers are written as in JSON."""
    slices: tuple[SliceMetric, ...] = ()
    inputs: tuple[DatasetInput, ...] = ()
    parents: tuple[str, ...] = ()
    """References or full names of the versions it was derived from."""
    signature: Signature | None = None
    environment: Environment | None = None
    source: Source | None = None
    annotations: Mapping[str, Scalar] = field(default_factory=dict)
    """Texts of any kind; can be changed later. Bools and numbers are written as in JSON."""
    by_reference: bool = False
    """Without files: the registry does not have the bytes, `source.uri` states where they are."""
    copied_from: VersionOrigin | None = None
    """The version of another registry that this is a copy of; `copy_version` sets it in one."""
    ensemble: Ensemble | None = None
    """The members of the version, if it is an ensemble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One trained model, as it was when it was read.

    Immutable in the registry except for `description`, `labels`, `annotations`, `stage`, `state`
    and `aliases`. The fields from `environment` on are set by `push`, `register` and
    `get_version`, and empty in the results of lists and lookups without `full=True`.
    """

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}`."""
    uid: str = ""
    number: int = 0
    root_digest: str = ""
    """`sha256:<hex>` over the list of files."""
    size_bytes: int = 0
    file_count: int = 0
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    stage: str = ""
    """`none`, `staging`, `production` or `archived`."""
    state: VersionState | int = VersionState.ACTIVE
    """A plain int is a state that this release does not know."""
    aliases: tuple[str, ...] = ()
    etag: str = ""
    create_time: datetime | None = None
    update_time: datetime | None = None
    delete_time: datetime | None = None
    purge_time: datetime | None = None
    """When its bytes were given up, after its deletion."""
    creator: str = ""
    revision: int = 0
    """The revision of its last change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""
    by_reference: bool = False
    """Whether the registry does not have the bytes: `source.uri` states where they are."""
    ensemble_status: EnsembleStatus | None = None
    """Of an ensemble: whether its members may be used."""
    detail_omitted: bool = False
    """The fields from here on exceed 3 MiB and were left out: `get_version` returns them."""
    redirected_from: str = ""
    """The full name of the model that it was looked up by, where that is a former one."""

    environment: Environment | None = None
    source: Source | None = None
    inputs: tuple[DatasetInput, ...] = ()
    parents: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    slices: tuple[SliceMetric, ...] = ()
    signature: Signature | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Texts of any kind."""
    copied_from: VersionOrigin | None = None
    """The version that this one is a copy of; its root digest is the same."""
    ensemble: Ensemble | None = None
    """The members of the version, if it is an ensemble."""

    @property
    def ref(self) -> str:
        """`fraud/7`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)

    @property
    def model(self) -> str:
        """The id of its model, such as `fraud`."""
        return segment(self.name, "models")

    @property
    def namespace(self) -> str:
        """The id of its namespace, such as `default`."""
        return segment(self.name, "namespaces")
