"""The Python client of the model registry.

    from modelregistry import Client

    with Client("localhost:50051") as registry:
        version = registry.push("fraud", "model_dir/", alias="champion", metrics={"auc": 0.97})
        version = registry.resolve("fraud@champion")
        path = registry.pull("fraud@champion", "serving/")

`AsyncClient` has the same methods, awaited. They return the frozen values of
`modelregistry.types` and raise the errors of `modelregistry.errors`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelregistry import errors, frameworks, names, report, types
    from modelregistry._async.client import AsyncClient
    from modelregistry._async.reporting import AsyncReporter
    from modelregistry._async.resolver import AsyncResolver, AsyncRouter
    from modelregistry._async.watch import AsyncWatch
    from modelregistry._sync.client import Client
    from modelregistry._sync.reporting import Reporter
    from modelregistry._sync.resolver import Resolver, Router
    from modelregistry._sync.watch import Watch
    from modelregistry.cache import Cache
    from modelregistry.errors import RegistryError
    from modelregistry.progress import Progress, Quiet
    from modelregistry.types import (
        Alias,
        AliasEntry,
        AliasRule,
        AnnotationChange,
        Approval,
        ApprovalNeed,
        ApprovalRequirement,
        ApproverNode,
        Attestation,
        CelExpression,
        ChangeEvent,
        Changes,
        CodeNode,
        ConfidenceInterval,
        CopyCheck,
        DatasetInput,
        DatasetNode,
        DatasetRole,
        DatasetUse,
        DatasetUsePage,
        DeniedRequest,
        Deployment,
        DeploymentPhase,
        Difference,
        Environment,
        Evaluation,
        FileEntry,
        Finding,
        FindingOutcome,
        ImportedVersion,
        ImportOptions,
        ImportStatus,
        LabelRequirement,
        Lineage,
        LineageEdge,
        LineageRecord,
        LineageRole,
        LineageStep,
        MetricBound,
        MetricChange,
        MetricDirection,
        Model,
        Namespace,
        Package,
        Page,
        Policy,
        PushCheck,
        RegistrationCheck,
        RegistrationSchema,
        Report,
        ReporterState,
        RequiredAttestations,
        RequiredFacts,
        RequiredFiles,
        RequiredLabels,
        RequiredLineage,
        Rollout,
        RolloutArm,
        Route,
        RouteArm,
        RouteArmMode,
        RouteArmState,
        RouteDecision,
        RoutedVersion,
        RouteEntry,
        RouteReason,
        RouteWeightBound,
        Rule,
        RuleSeverity,
        RunNode,
        SchemaFailure,
        ShadowArm,
        Signature,
        SliceMetric,
        SliceSpread,
        Source,
        Stage,
        StageEdge,
        StageEntry,
        StageGraph,
        TensorSpec,
        Transition,
        TransitionCheck,
        TransitionKind,
        TransitionMove,
        TransitionState,
        UnknownNode,
        Upload,
        UploadState,
        Usage,
        Version,
        VersionDiff,
        VersionNode,
        VersionOrigin,
        VersionRecord,
        VersionState,
    )

__all__ = [
    "Alias",
    "AliasEntry",
    "AliasRule",
    "AnnotationChange",
    "Approval",
    "ApprovalNeed",
    "ApprovalRequirement",
    "ApproverNode",
    "AsyncClient",
    "AsyncReporter",
    "AsyncResolver",
    "AsyncRouter",
    "AsyncWatch",
    "Attestation",
    "Cache",
    "CelExpression",
    "ChangeEvent",
    "Changes",
    "Client",
    "CodeNode",
    "ConfidenceInterval",
    "CopyCheck",
    "DatasetInput",
    "DatasetNode",
    "DatasetRole",
    "DatasetUse",
    "DatasetUsePage",
    "DeniedRequest",
    "Deployment",
    "DeploymentPhase",
    "Difference",
    "Environment",
    "Evaluation",
    "FileEntry",
    "Finding",
    "FindingOutcome",
    "ImportOptions",
    "ImportStatus",
    "ImportedVersion",
    "LabelRequirement",
    "Lineage",
    "LineageEdge",
    "LineageRecord",
    "LineageRole",
    "LineageStep",
    "MetricBound",
    "MetricChange",
    "MetricDirection",
    "Model",
    "Namespace",
    "Package",
    "Page",
    "Policy",
    "Progress",
    "PushCheck",
    "Quiet",
    "RegistrationCheck",
    "RegistrationSchema",
    "RegistryError",
    "Report",
    "Reporter",
    "ReporterState",
    "RequiredAttestations",
    "RequiredFacts",
    "RequiredFiles",
    "RequiredLabels",
    "RequiredLineage",
    "Resolver",
    "Rollout",
    "RolloutArm",
    "Route",
    "RouteArm",
    "RouteArmMode",
    "RouteArmState",
    "RouteDecision",
    "RouteEntry",
    "RouteReason",
    "RouteWeightBound",
    "RoutedVersion",
    "Router",
    "Rule",
    "RuleSeverity",
    "RunNode",
    "SchemaFailure",
    "ShadowArm",
    "Signature",
    "SliceMetric",
    "SliceSpread",
    "Source",
    "Stage",
    "StageEdge",
    "StageEntry",
    "StageGraph",
    "TensorSpec",
    "Transition",
    "TransitionCheck",
    "TransitionKind",
    "TransitionMove",
    "TransitionState",
    "UnknownNode",
    "Upload",
    "UploadState",
    "Usage",
    "Version",
    "VersionDiff",
    "VersionNode",
    "VersionOrigin",
    "VersionRecord",
    "VersionState",
    "Watch",
    "errors",
    "frameworks",
    "names",
    "report",
    "types",
]

_SUBMODULES: Final = ("errors", "frameworks", "names", "report", "types")
_MODULES: Final = {
    "AsyncClient": "_async.client",
    "AsyncResolver": "_async.resolver",
    "AsyncReporter": "_async.reporting",
    "AsyncRouter": "_async.resolver",
    "AsyncWatch": "_async.watch",
    "Cache": "cache",
    "Client": "_sync.client",
    "Progress": "progress",
    "Quiet": "progress",
    "RegistryError": "errors",
    "Resolver": "_sync.resolver",
    "Reporter": "_sync.reporting",
    "Router": "_sync.resolver",
    "Watch": "_sync.watch",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562).

    A program that only uses the generated stubs of `modelregistry.v1`, as the server does, does not
    load the client, which takes longer than gRPC itself.
    """
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    found: object = getattr(import_module(f"{__name__}.{_MODULES.get(name, 'types')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return all public names, imported or not."""
    return sorted({*globals(), *__all__})
