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
    ChangeEvent,
    Changes,
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    FileEntry,
    Model,
    Namespace,
    Package,
    Page,
    RefusedCall,
    Signature,
    SliceMetric,
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
    "AsyncClient",
    "AsyncResolver",
    "AsyncWatch",
    "Cache",
    "ChangeEvent",
    "Changes",
    "Client",
    "ConfidenceInterval",
    "DatasetInput",
    "DatasetRole",
    "Environment",
    "FileEntry",
    "Model",
    "Namespace",
    "Package",
    "Page",
    "Progress",
    "Quiet",
    "RefusedCall",
    "RegistryError",
    "Resolver",
    "Signature",
    "SliceMetric",
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
