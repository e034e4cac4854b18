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

import re
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from typing_extensions import override

DEFAULT_NAMESPACE = "default"
# What the name of a namespace's stage graph ends with, and no other name does.
STAGE_GRAPH = "/stageGraph"

_NAMESPACE_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MODEL_ID = re.compile(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?")
_ALIAS_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_POLICY_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_LINEAGE = ("datasets", "runs", "code", "approvers", "records")


def namespace_id(text: str) -> str:
    """Return a valid namespace id or raise ValueError."""
    return _matching(
        _NAMESPACE_ID,
        text,
        "a namespace id is 1 to 63 of a-z 0-9 -, starting and ending with a letter or digit",
    )


def model_id(text: str) -> str:
    """Return a valid model id or raise ValueError."""
    return _matching(
        _MODEL_ID,
        text,
        "a model id is 1 to 128 of a-z 0-9 . _ -, starting and ending with a letter or digit",
    )


def alias_id(text: str) -> str:
    """Return a valid alias id or raise ValueError."""
    return _matching(
        _ALIAS_ID, text, "an alias is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    )


def policy_id(text: str) -> str:
    """Return a valid policy id or raise ValueError."""
    return _matching(
        _POLICY_ID, text, "a policy id is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    )


def version_number(text: str) -> int:
    """Return a version number, 1 or more, or raise ValueError."""
    return int(_matching(_NUMBER, text, "a version number is a whole number from 1"))


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


def uuid(text: str) -> UUID:
    """Read a UUID in its canonical form (RFC 9562, lower case); raise ValueError otherwise."""
    try:
        value = UUID(text)
    except ValueError:
        value = None
    if value is None or str(value) != text:
        message = f"not a UUID in canonical form: {text[:80]!r}"
        raise ValueError(message)
    return value


def _belonging(text: str, collection: str) -> tuple[VersionName, UUID]:
    """Return the parts of the name of something that belongs to a version."""
    pattern = "namespaces/{namespace}/models/{model}/versions/{number}/%s/{uuid}"
    namespace, model, number, last = _split(text, pattern % collection)
    name = VersionName(namespace_id(namespace), model_id(model), version_number(number))
    return name, uuid(last)


def _matching(pattern: re.Pattern[str], text: str, rule: str) -> str:
    if not pattern.fullmatch(text):
        message = f"{rule}: {text[:200]!r}"
        raise ValueError(message)
    return text


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
