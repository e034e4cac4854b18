"""Refusals about what is registered: namespaces, models, versions, aliases, their records."""

from modelregistry.errors.kinds import AlreadyExists, NotFound, WrongState


class NamespaceNotFound(NotFound):
    """The namespace does not exist."""

    REASON = "NAMESPACE_NOT_FOUND"


class NamespaceAlreadyExists(AlreadyExists):
    """The namespace exists."""

    REASON = "NAMESPACE_ALREADY_EXISTS"


class ModelNotFound(NotFound):
    """The model does not exist."""

    REASON = "MODEL_NOT_FOUND"


class ModelAlreadyExists(AlreadyExists):
    """The model exists, perhaps soft-deleted."""

    REASON = "MODEL_ALREADY_EXISTS"


class ModelDeleted(WrongState):
    """The model is soft-deleted."""

    REASON = "MODEL_DELETED"


class ModelNotDeleted(WrongState):
    """Only a soft-deleted model can be undeleted."""

    REASON = "MODEL_NOT_DELETED"


class VersionNotFound(NotFound):
    """The version does not exist, or did not at the time asked for."""

    REASON = "VERSION_NOT_FOUND"


class VersionDeleted(WrongState):
    """The version was deleted; its number stays taken."""

    REASON = "VERSION_DELETED"


class VersionInUse(WrongState):
    """Aliases or stages still name the version."""

    REASON = "VERSION_IN_USE"


class VersionYanked(WrongState):
    """The version was yanked: only its number and digest resolve to it, nothing points at it."""

    REASON = "VERSION_YANKED"


class VersionRevoked(WrongState):
    """The version was revoked: nothing resolves to it, for good."""

    REASON = "VERSION_REVOKED"


class AliasNotFound(NotFound):
    """The alias does not exist, or did not at the time asked for."""

    REASON = "ALIAS_NOT_FOUND"


class LineageNodeNotFound(NotFound):
    """Nothing is known of this data set, run or code."""

    REASON = "LINEAGE_NODE_NOT_FOUND"


class SchemaNotFound(NotFound):
    """The namespace has no registration schema, or not that revision of it."""

    REASON = "SCHEMA_NOT_FOUND"


class SchemaViolated(WrongState):
    """The record does not satisfy the registration schema; `violations` lists everything."""

    REASON = "SCHEMA_VIOLATED"
