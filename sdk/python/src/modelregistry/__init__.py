"""The Python client of the model registry.

    from modelregistry import Client

    with Client("localhost:50051") as registry:
        version = registry.push("fraud", "model_dir/", alias="champion", metrics={"auc": 0.97})
        version = registry.resolve("fraud@champion")
        path = registry.pull("fraud@champion", "serving/")

`AsyncClient` has the same methods, awaited. What they return are the frozen values of
`modelregistry.types`, what they raise is the tree of `modelregistry.errors`.
"""

from modelregistry import errors, names, types
from modelregistry._async.client import AsyncClient
from modelregistry._async.resolver import AsyncResolver
from modelregistry._async.watch import AsyncWatch
from modelregistry._sync.client import Client
from modelregistry._sync.resolver import Resolver
from modelregistry._sync.watch import Watch
from modelregistry.cache import Cache
from modelregistry.errors import RegistryError
from modelregistry.progress import Progress, Quiet
from modelregistry.types import (
    Alias,
    AliasEntry,
    ApprovalRequirement,
    Attestation,
    CelExpression,
    ChangeEvent,
    Changes,
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    Evaluation,
    FileEntry,
    Finding,
    FindingOutcome,
    LabelDemand,
    MetricBound,
    MetricChange,
    MetricDirection,
    Model,
    Namespace,
    Package,
    Page,
    Policy,
    RefusedCall,
    RequiredAttestations,
    RequiredFiles,
    RequiredLabels,
    RequiredLineage,
    Rule,
    RuleSeverity,
    Signature,
    SliceMetric,
    SliceSpread,
    Source,
    StageEntry,
    TensorSpec,
    Usage,
    Version,
    VersionRecord,
    VersionState,
)

__all__ = [
    "Alias",
    "AliasEntry",
    "ApprovalRequirement",
    "AsyncClient",
    "AsyncResolver",
    "AsyncWatch",
    "Attestation",
    "Cache",
    "CelExpression",
    "ChangeEvent",
    "Changes",
    "Client",
    "ConfidenceInterval",
    "DatasetInput",
    "DatasetRole",
    "Environment",
    "Evaluation",
    "FileEntry",
    "Finding",
    "FindingOutcome",
    "LabelDemand",
    "MetricBound",
    "MetricChange",
    "MetricDirection",
    "Model",
    "Namespace",
    "Package",
    "Page",
    "Policy",
    "Progress",
    "Quiet",
    "RefusedCall",
    "RegistryError",
    "RequiredAttestations",
    "RequiredFiles",
    "RequiredLabels",
    "RequiredLineage",
    "Resolver",
    "Rule",
    "RuleSeverity",
    "Signature",
    "SliceMetric",
    "SliceSpread",
    "Source",
    "StageEntry",
    "TensorSpec",
    "Usage",
    "Version",
    "VersionRecord",
    "VersionState",
    "Watch",
    "errors",
    "names",
    "types",
]
