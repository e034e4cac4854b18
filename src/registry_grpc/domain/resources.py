"""The kinds of resources: one row of `RESOURCES` for each, which the other layers build upon.

Documents and messages of changes have the name of a kind as their key. The field of that name in
`ResourceState`, of the contract, is filled by a row of `transport/convert/change.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import get_type_hints

from registry_grpc.domain.alias import Alias, AliasAction
from registry_grpc.domain.attestation import Attestation, AttestationAction
from registry_grpc.domain.deployment import Deployment, DeploymentAction
from registry_grpc.domain.ensemble import EnsembleAction, EnsembleStatus
from registry_grpc.domain.evaluation import Evaluation, EvaluationAction
from registry_grpc.domain.lineage_record import LineageAction, LineageRecord
from registry_grpc.domain.model import Model, ModelAction
from registry_grpc.domain.monitor import Monitor, MonitorAction
from registry_grpc.domain.monitor_state import MonitorState, MonitorStateAction
from registry_grpc.domain.namespace import Namespace, NamespaceAction
from registry_grpc.domain.policy import Policy, PolicyAction
from registry_grpc.domain.registration_schema import RegistrationSchema, RegistrationSchemaAction
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resource_name import ResourceName
from registry_grpc.domain.route import Route, RouteAction
from registry_grpc.domain.stage_graph import StageGraphAction, StageGraphRevision
from registry_grpc.domain.transition import Transition, TransitionAction
from registry_grpc.domain.version import Version, VersionAction


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """A kind of resource. kind: its permanent name. actions: those of its changes in the log."""

    kind: str
    resource: type[Resource]
    actions: type[StrEnum]

    @property
    def name(self) -> type[ResourceName]:
        """The class of its names, as the field `name` of the resource declares it."""
        name: type[ResourceName] = get_type_hints(self.resource)["name"]
        return name


RESOURCES = (
    ResourceKind("namespace", Namespace, NamespaceAction),
    ResourceKind("model", Model, ModelAction),
    ResourceKind("version", Version, VersionAction),
    ResourceKind("alias", Alias, AliasAction),
    ResourceKind("route", Route, RouteAction),
    ResourceKind("deployment", Deployment, DeploymentAction),
    ResourceKind("ensemble_status", EnsembleStatus, EnsembleAction),
    ResourceKind("monitor", Monitor, MonitorAction),
    ResourceKind("monitor_state", MonitorState, MonitorStateAction),
    ResourceKind("evaluation", Evaluation, EvaluationAction),
    ResourceKind("attestation", Attestation, AttestationAction),
    ResourceKind("policy", Policy, PolicyAction),
    ResourceKind("transition", Transition, TransitionAction),
    ResourceKind("stage_graph", StageGraphRevision, StageGraphAction),
    ResourceKind("registration_schema", RegistrationSchema, RegistrationSchemaAction),
    ResourceKind("lineage", LineageRecord, LineageAction),
)
TYPE_OF: Mapping[str, type[Resource]] = {row.kind: row.resource for row in RESOURCES}
_KIND_OF = {row.resource: row.kind for row in RESOURCES}


def kind_of(resource: Resource) -> str:
    """Return the name of its kind; raise TypeError for what has no row."""
    kind = _KIND_OF.get(type(resource))
    if kind is None:
        message = f"{type(resource).__name__} has no row in domain/resources.py"
        raise TypeError(message)
    return kind
