"""The values that the client returns and accepts: frozen dataclasses without protobuf types."""

from modelregistry.types.alias import Alias, AliasEntry, StageEntry
from modelregistry.types.change import AnnotationChange, ChangeEvent, Changes
from modelregistry.types.denied_request import DeniedRequest
from modelregistry.types.deployment import (
    Deployment,
    DeploymentPhase,
    ReporterState,
    Rollout,
    RolloutArm,
)
from modelregistry.types.environment import Environment, Package
from modelregistry.types.evaluation import Attestation, Evaluation
from modelregistry.types.finding import Finding, FindingOutcome
from modelregistry.types.importing import ImportedVersion, ImportOptions, ImportStatus
from modelregistry.types.lineage import (
    ApproverNode,
    CodeNode,
    DatasetNode,
    DatasetUse,
    DatasetUsePage,
    Lineage,
    LineageEdge,
    LineageRecord,
    LineageRole,
    LineageStep,
    RunNode,
    UnknownNode,
    VersionNode,
)
from modelregistry.types.model import Model
from modelregistry.types.namespace import Namespace, Usage
from modelregistry.types.page import Page
from modelregistry.types.policy import ApprovalRequirement, Policy
from modelregistry.types.provenance import DatasetInput, DatasetRole, Source, VersionOrigin
from modelregistry.types.quality import (
    ConfidenceInterval,
    Signature,
    SliceMetric,
    TensorSpec,
)
from modelregistry.types.registration import CopyCheck, PushCheck, RegistrationCheck
from modelregistry.types.registration_schema import RegistrationSchema, RequiredFacts, SchemaFailure
from modelregistry.types.report import Report
from modelregistry.types.route import (
    Route,
    RouteArm,
    RouteArmMode,
    RouteArmState,
    RouteDecision,
    RoutedVersion,
    RouteEntry,
    RouteReason,
    ShadowArm,
)
from modelregistry.types.rule import (
    CelExpression,
    LabelRequirement,
    MetricBound,
    MetricChange,
    MetricDirection,
    RequiredAttestations,
    RequiredFiles,
    RequiredLabels,
    RequiredLineage,
    RouteWeightBound,
    Rule,
    RuleSeverity,
    SliceSpread,
)
from modelregistry.types.stage_graph import AliasRule, Stage, StageEdge, StageGraph
from modelregistry.types.transition import (
    Approval,
    ApprovalNeed,
    Transition,
    TransitionCheck,
    TransitionKind,
    TransitionMove,
    TransitionState,
)
from modelregistry.types.upload import Upload, UploadState
from modelregistry.types.version import FileEntry, Version, VersionRecord, VersionState
from modelregistry.types.version_diff import Difference, VersionDiff

__all__ = [
    "Alias",
    "AliasEntry",
    "AliasRule",
    "AnnotationChange",
    "Approval",
    "ApprovalNeed",
    "ApprovalRequirement",
    "ApproverNode",
    "Attestation",
    "CelExpression",
    "ChangeEvent",
    "Changes",
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
    "PushCheck",
    "RegistrationCheck",
    "RegistrationSchema",
    "Report",
    "ReporterState",
    "RequiredAttestations",
    "RequiredFacts",
    "RequiredFiles",
    "RequiredLabels",
    "RequiredLineage",
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
]
