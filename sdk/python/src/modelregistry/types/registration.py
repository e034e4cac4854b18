"""Checks of registrations and pushes before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelregistry.types.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCheck:
    """A registration that the registry would accept now, once it has the missing bytes."""

    missing: Mapping[str, int] = field(default_factory=dict)
    """The blobs that the namespace lacks, of the files with a digest: sizes in bytes by digest."""
    needs_digests: bool = False
    """The registration schema may test digests of files, and some files have none: it was not
    evaluated, and a check with all digests is needed."""
    revision: int = 0
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushCheck:
    """The registration and the bytes of a push that passed its check."""

    model: str
    """`namespaces/{namespace}/models/{model}`."""
    file_count: int
    size_bytes: int
    missing_count: int
    """The number of different blobs that would be sent."""
    missing_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCheck:
    """A copy of a version that passed its check."""

    source: str
    """The version: `namespaces/{namespace}/models/{model}/versions/{number}`."""
    model: str
    """The model of the copy: `namespaces/{namespace}/models/{model}`."""
    file_count: int
    size_bytes: int
    missing_count: int
    """The number of different blobs that the namespace of the model lacks."""
    missing_bytes: int
    existing: Version | None = None
    """The copy that the other registry has already: nothing would be sent or registered."""
