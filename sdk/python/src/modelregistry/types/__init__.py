"""What the client answers with and takes: frozen values without a trace of the wire."""

from modelregistry.types.alias import Alias, AliasEntry, StageEntry
from modelregistry.types.change import ChangeEvent, Changes
from modelregistry.types.environment import Environment, Package
from modelregistry.types.model import Model
from modelregistry.types.namespace import Namespace, Usage
from modelregistry.types.page import Page
from modelregistry.types.provenance import DatasetInput, DatasetRole, Source
from modelregistry.types.quality import (
    ConfidenceInterval,
    Signature,
    SliceMetric,
    TensorSpec,
)
from modelregistry.types.refusal import RefusedCall
from modelregistry.types.version import FileEntry, Version, VersionRecord, VersionState

__all__ = [
    "Alias",
    "AliasEntry",
    "ChangeEvent",
    "Changes",
    "ConfidenceInterval",
    "DatasetInput",
    "DatasetRole",
    "Environment",
    "FileEntry",
    "Model",
    "Namespace",
    "Package",
    "Page",
    "RefusedCall",
    "Signature",
    "SliceMetric",
    "Source",
    "StageEntry",
    "TensorSpec",
    "Usage",
    "Version",
    "VersionRecord",
    "VersionState",
]
