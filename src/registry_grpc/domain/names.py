"""The names of resources: parsed once at the edge, trusted inside. `ResourceName` has the law."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from registry_grpc.domain.resource_name import NamePattern, ResourceName

DEFAULT_NAMESPACE = "default"
# The suffix of the name of a namespace's stage graph, and of no other name.
STAGE_GRAPH = "/stageGraph"


@dataclass(frozen=True, slots=True, order=True)
class NamespaceName(ResourceName):
    """A namespace."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}")
    namespace: str


@dataclass(frozen=True, slots=True, order=True)
class ModelName(ResourceName):
    """A model."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/models/{model}")
    namespace: str
    model: str

    def version(self, number: int) -> "VersionName":
        """Return the name of a version of this model."""
        return VersionName(self.namespace, self.model, number)

    def alias(self, alias: str) -> "AliasName":
        """Return the name of an alias of this model."""
        return AliasName(self.namespace, self.model, alias)

    def route(self, route: str) -> "RouteName":
        """Return the name of a route of this model."""
        return RouteName(self.namespace, self.model, route)


@dataclass(frozen=True, slots=True, order=True)
class VersionName(ResourceName):
    """A version of a model."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/models/{model}/versions/{number}")
    namespace: str
    model: str
    number: int

    @property
    def parent(self) -> ModelName:
        """The model."""
        return ModelName(self.namespace, self.model)

    def evaluation(self, uuid: UUID) -> "EvaluationName":
        """Return the name of an evaluation of this version."""
        return EvaluationName(self.namespace, self.model, self.number, uuid)

    @property
    def ensemble_status(self) -> "EnsembleStatusName":
        """The name of the status of this version, if it is an ensemble."""
        return EnsembleStatusName(self.namespace, self.model, self.number)

    def signal(self, uuid: UUID) -> "SignalName":
        """Return the name of a signal of this version."""
        return SignalName(self.namespace, self.model, self.number, uuid)

    def attestation(self, uuid: UUID) -> "AttestationName":
        """Return the name of an attestation about this version."""
        return AttestationName(self.namespace, self.model, self.number, uuid)


@dataclass(frozen=True, slots=True, order=True)
class EnsembleStatusName(ResourceName):
    """Whether the members of an ensemble may be used: each has one."""

    PATTERN: ClassVar = NamePattern(
        "namespaces/{namespace}/models/{model}/versions/{number}/ensembleStatus"
    )
    namespace: str
    model: str
    number: int


@dataclass(frozen=True, slots=True, order=True)
class EvaluationName(ResourceName):
    """An evaluation of a version."""

    PATTERN: ClassVar = NamePattern(
        "namespaces/{namespace}/models/{model}/versions/{number}/evaluations/{uuid}"
    )
    namespace: str
    model: str
    number: int
    uuid: UUID

    @property
    def version(self) -> VersionName:
        """The version that was evaluated."""
        return VersionName(self.namespace, self.model, self.number)


@dataclass(frozen=True, slots=True, order=True)
class AttestationName(ResourceName):
    """An attestation about a version."""

    PATTERN: ClassVar = NamePattern(
        "namespaces/{namespace}/models/{model}/versions/{number}/attestations/{uuid}"
    )
    namespace: str
    model: str
    number: int
    uuid: UUID


@dataclass(frozen=True, slots=True, order=True)
class SignalName(ResourceName):
    """A signal of a version."""

    PATTERN: ClassVar = NamePattern(
        "namespaces/{namespace}/models/{model}/versions/{number}/signals/{uuid}"
    )
    namespace: str
    model: str
    number: int
    uuid: UUID

    @property
    def version(self) -> VersionName:
        """The version that it was measured on."""
        return VersionName(self.namespace, self.model, self.number)


@dataclass(frozen=True, slots=True, order=True)
class AliasName(ResourceName):
    """An alias of a model."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/models/{model}/aliases/{alias}")
    namespace: str
    model: str
    alias: str

    @property
    def parent(self) -> ModelName:
        """The model."""
        return ModelName(self.namespace, self.model)


@dataclass(frozen=True, slots=True, order=True)
class RouteName(ResourceName):
    """A route of a model."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/models/{model}/routes/{route}")
    namespace: str
    model: str
    route: str

    @property
    def parent(self) -> ModelName:
        """The model."""
        return ModelName(self.namespace, self.model)


@dataclass(frozen=True, slots=True, order=True)
class PolicyName(ResourceName):
    """A promotion policy."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/policies/{policy}")
    namespace: str
    policy: str


@dataclass(frozen=True, slots=True, order=True)
class MonitorName(ResourceName):
    """A monitor."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/monitors/{monitor}")
    namespace: str
    monitor: str

    def state(self, uuid: UUID) -> "MonitorStateName":
        """Return the name of the state of a series of this monitor."""
        return MonitorStateName(self.namespace, self.monitor, uuid)


@dataclass(frozen=True, slots=True, order=True)
class MonitorStateName(ResourceName):
    """The state of a series of a monitor."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/monitors/{monitor}/states/{uuid}")
    namespace: str
    monitor: str
    uuid: UUID

    @property
    def parent(self) -> MonitorName:
        """The monitor."""
        return MonitorName(self.namespace, self.monitor)


@dataclass(frozen=True, slots=True, order=True)
class TransitionName(ResourceName):
    """A transition of versions between stages."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/transitions/{uuid}")
    namespace: str
    uuid: UUID


@dataclass(frozen=True, slots=True, order=True)
class DeploymentName(ResourceName):
    """A deployment: a version that an instance reports to serve."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/deployments/{uuid}")
    namespace: str
    uuid: UUID


@dataclass(frozen=True, slots=True, order=True)
class RegistrationSchemaName(ResourceName):
    """The registration schema of a namespace: there is one."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/registrationSchema")
    namespace: str


@dataclass(frozen=True, slots=True, order=True)
class StageGraphName(ResourceName):
    """The stage graph of a namespace: there is one."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}" + STAGE_GRAPH)
    namespace: str


@dataclass(frozen=True, slots=True, order=True)
class UploadName(ResourceName):
    """An upload of one blob."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/uploads/{uuid}")
    namespace: str
    uuid: UUID


@dataclass(frozen=True, slots=True, order=True)
class LineageName(ResourceName):
    """A node of the lineage graph, or a lineage record."""

    PATTERN: ClassVar = NamePattern("namespaces/{namespace}/lineage/{collection}/{uuid}")
    namespace: str
    collection: str
    uuid: UUID
