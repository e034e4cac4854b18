"""Stages: what a version may be used for, and how it moved from one to another."""

from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.names import VersionName

NONE = "none"
STAGING = "staging"
PRODUCTION = "production"
ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One move of a version, as recorded."""

    version: VersionName
    stage: str
    previous: str
    time: datetime
    actor: str
    reason: str
    revision: int
