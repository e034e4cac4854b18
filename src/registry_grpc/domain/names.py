"""Resource names (AIP-122): parsed once at the edge, trusted inside.

    namespaces/{namespace}
    namespaces/{namespace}/models/{model}
    namespaces/{namespace}/models/{model}/versions/{number}
    namespaces/{namespace}/models/{model}/versions/{number}/evaluations/{uuid}
    namespaces/{namespace}/models/{model}/versions/{number}/attestations/{uuid}
    namespaces/{namespace}/models/{model}/aliases/{alias}
    namespaces/{namespace}/policies/{policy}
    namespaces/{namespace}/registrationSchema
    namespaces/{namespace}/transitions/{uuid}
    namespaces/{namespace}/stageGraph
    namespaces/{namespace}/uploads/{uuid}
    namespaces/{namespace}/lineage/{collection}/{uuid}

Every name class has `parse` (raises ValueError with a sentence for people) and `str()`; the law is
`T.parse(str(name)) == name`.
"""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from typing_extensions import override

from registry_grpc.domain.ids import (
    alias_id,
    model_id,
    namespace_id,
    policy_id,
    uuid,
    version_number,
)

DEFAULT_NAMESPACE = "default"
# What the name of a namespace's stage graph ends with, and no other name does.
STAGE_GRAPH = "/stageGraph"

_LINEAGE = ("datasets", "runs", "code", "approvers", "records")


@dataclass(frozen=True, slots=True, order=True)
class NamespaceName:
    """`namespaces/{namespace}`."""

    namespace: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        (namespace,) = _split(text, "namespaces/{namespace}")
        return cls(namespace_id(namespace))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}"


@dataclass(frozen=True, slots=True, order=True)
class ModelName:
    """`namespaces/{namespace}/models/{model}`."""

    namespace: str
    model: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        namespace, model = _split(text, "namespaces/{namespace}/models/{model}")
        return cls(namespace_id(namespace), model_id(model))

    def version(self, number: int) -> "VersionName":
        """Return the name of a version of this model."""
        return VersionName(self.namespace, self.model, number)

    def alias(self, alias: str) -> "AliasName":
        """Return the name of an alias of this model."""
        return AliasName(self.namespace, self.model, alias)

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}/models/{self.model}"


@dataclass(frozen=True, slots=True, order=True)
class VersionName:
    """`namespaces/{namespace}/models/{model}/versions/{number}`."""

    namespace: str
    model: str
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        parts = _split(text, "namespaces/{namespace}/models/{model}/versions/{number}")
        return cls(namespace_id(parts[0]), model_id(parts[1]), version_number(parts[2]))

    @property
    def parent(self) -> ModelName:
        """The model."""
        return ModelName(self.namespace, self.model)

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"{self.parent}/versions/{self.number}"


@dataclass(frozen=True, slots=True, order=True)
class EvaluationName:
    """`namespaces/{namespace}/models/{model}/versions/{number}/evaluations/{uuid}`."""

    version: VersionName
    uuid: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        return cls(*_belonging(text, "evaluations"))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"{self.version}/evaluations/{self.uuid}"


@dataclass(frozen=True, slots=True, order=True)
class AttestationName:
    """`namespaces/{namespace}/models/{model}/versions/{number}/attestations/{uuid}`."""

    version: VersionName
    uuid: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        return cls(*_belonging(text, "attestations"))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"{self.version}/attestations/{self.uuid}"


@dataclass(frozen=True, slots=True, order=True)
class AliasName:
    """`namespaces/{namespace}/models/{model}/aliases/{alias}`."""

    namespace: str
    model: str
    alias: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        parts = _split(text, "namespaces/{namespace}/models/{model}/aliases/{alias}")
        return cls(namespace_id(parts[0]), model_id(parts[1]), alias_id(parts[2]))

    @property
    def parent(self) -> ModelName:
        """The model."""
        return ModelName(self.namespace, self.model)

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"{self.parent}/aliases/{self.alias}"


@dataclass(frozen=True, slots=True, order=True)
class PolicyName:
    """`namespaces/{namespace}/policies/{policy}`."""

    namespace: str
    policy: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        namespace, policy = _split(text, "namespaces/{namespace}/policies/{policy}")
        return cls(namespace_id(namespace), policy_id(policy))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}/policies/{self.policy}"


@dataclass(frozen=True, slots=True, order=True)
class TransitionName:
    """`namespaces/{namespace}/transitions/{uuid}`."""

    namespace: str
    uuid: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        namespace, transition = _split(text, "namespaces/{namespace}/transitions/{uuid}")
        return cls(namespace_id(namespace), uuid(transition))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}/transitions/{self.uuid}"


@dataclass(frozen=True, slots=True, order=True)
class RegistrationSchemaName:
    """`namespaces/{namespace}/registrationSchema`."""

    namespace: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        (namespace,) = _split(text, "namespaces/{namespace}/registrationSchema")
        return cls(namespace_id(namespace))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}/registrationSchema"


@dataclass(frozen=True, slots=True, order=True)
class StageGraphName:
    """`namespaces/{namespace}/stageGraph`: there is one."""

    namespace: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        (namespace,) = _split(text, f"namespaces/{{namespace}}{STAGE_GRAPH}")
        return cls(namespace_id(namespace))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}{STAGE_GRAPH}"


@dataclass(frozen=True, slots=True, order=True)
class UploadName:
    """`namespaces/{namespace}/uploads/{uuid}`."""

    namespace: str
    uuid: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        namespace, upload = _split(text, "namespaces/{namespace}/uploads/{uuid}")
        return cls(namespace_id(namespace), uuid(upload))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}/uploads/{self.uuid}"


@dataclass(frozen=True, slots=True, order=True)
class LineageName:
    """`namespaces/{namespace}/lineage/{collection}/{uuid}`: a node, or a record."""

    namespace: str
    collection: str
    uuid: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError for anything else."""
        head, _, last = text.rpartition("/")
        namespace, collection = _split(head, "namespaces/{namespace}/lineage/{collection}")
        if collection not in _LINEAGE:
            message = f"lineage has {', '.join(_LINEAGE)}: {text[:200]!r}"
            raise ValueError(message)
        return cls(namespace_id(namespace), collection, uuid(last))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        return f"namespaces/{self.namespace}/lineage/{self.collection}/{self.uuid}"


def _belonging(text: str, collection: str) -> tuple[VersionName, UUID]:
    """Return the parts of the name of something that belongs to a version."""
    pattern = "namespaces/{namespace}/models/{model}/versions/{number}/%s/{uuid}"
    namespace, model, number, last = _split(text, pattern % collection)
    name = VersionName(namespace_id(namespace), model_id(model), version_number(number))
    return name, uuid(last)


def _split(text: str, pattern: str) -> list[str]:
    """Return the variable parts of `text`, whose fixed parts must be those of `pattern`."""
    wanted, parts = pattern.split("/"), text.split("/")
    fixed_parts_agree = len(wanted) == len(parts) and all(
        want == part for want, part in zip(wanted, parts, strict=True) if not want.startswith("{")
    )
    if not fixed_parts_agree:
        message = f"must look like {pattern}: {text[:200]!r}"
        raise ValueError(message)
    return parts[1::2]
