"""Refusals about what is registered: namespaces, models, versions, aliases, their records."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import AlreadyExists, NotFound, WrongState


class NamespaceNotFound(NotFound):
    """The namespace does not exist."""

    reason = "NAMESPACE_NOT_FOUND"
    resource_type = "namespace"


class NamespaceAlreadyExists(AlreadyExists):
    """The namespace exists."""

    reason = "NAMESPACE_ALREADY_EXISTS"
    resource_type = "namespace"


class ModelNotFound(NotFound):
    """The model does not exist."""

    reason = "MODEL_NOT_FOUND"
    resource_type = "model"


class ModelAlreadyExists(AlreadyExists):
    """The model exists, perhaps soft-deleted."""

    reason = "MODEL_ALREADY_EXISTS"
    resource_type = "model"


class ModelDeleted(WrongState):
    """The model is soft-deleted."""

    reason = "MODEL_DELETED"

    def __init__(self, model: str) -> None:
        super().__init__(model, f"{model} is deleted; undelete it first")


class ModelNotDeleted(WrongState):
    """Undelete of a model that is not deleted."""

    reason = "MODEL_NOT_DELETED"

    def __init__(self, model: str) -> None:
        super().__init__(model, f"{model} is not deleted")


class VersionNotFound(NotFound):
    """The version does not exist (or did not, at the time asked for)."""

    reason = "VERSION_NOT_FOUND"
    resource_type = "version"


class VersionDeleted(WrongState):
    """The version was deleted; its number is never used again."""

    reason = "VERSION_DELETED"

    def __init__(self, version: str) -> None:
        super().__init__(version, f"{version} was deleted and cannot be used any more")


class VersionInUse(WrongState):
    """The version is still pointed at."""

    reason = "VERSION_IN_USE"

    def __init__(self, version: str, uses: Sequence[str]) -> None:
        super().__init__(
            version,
            f"{version} is still in use by {', '.join(uses)}; move those first, or use force",
            causes=[f"in use by {use}" for use in uses],
        )


class VersionYanked(WrongState):
    """The version was yanked: nothing that moves may name it, and nothing new may build on it."""

    reason = "VERSION_YANKED"

    def __init__(self, version: str, name: str = "") -> None:
        """name: the alias or stage that names it; empty for what was about to."""
        if name:
            why = (
                f"{name} names {version}, which was yanked; name it by its number to use it all "
                "the same, or move the name"
            )
        else:
            why = f"{version} was yanked: no alias, stage or new version may point at it any more"
        super().__init__(version, why, **({"name": name} if name else {}))


class VersionRevoked(WrongState):
    """The version was revoked: nothing resolves to it, for good, and its bytes are withheld.

    blob: the digest of the withheld bytes that were asked for; '' otherwise.
    """

    reason = "VERSION_REVOKED"

    def __init__(self, version: str, blob: str = "") -> None:
        message = f"{version} was revoked and may not be used any more"
        if blob:
            message = f"{blob} is withheld: {version}, which names it, was revoked"
        super().__init__(version, message, **({"blob": blob} if blob else {}))


class AliasNotFound(NotFound):
    """The alias does not exist (or did not, at the time asked for)."""

    reason = "ALIAS_NOT_FOUND"
    resource_type = "alias"


class LineageNodeNotFound(NotFound):
    """Nothing is known of this data set, run or code."""

    reason = "LINEAGE_NODE_NOT_FOUND"
    resource_type = "lineage node"


class SchemaNotFound(NotFound):
    """The namespace has no registration schema, or not that revision of it."""

    reason = "SCHEMA_NOT_FOUND"
    resource_type = "registration schema"


class SchemaViolated(WrongState):
    """A record does not satisfy the namespace's registration schema."""

    reason = "SCHEMA_VIOLATED"

    def __init__(self, schema: str, number: int, violations: Sequence[str]) -> None:
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(
            schema,
            f"the record does not satisfy {schema}: {violations[0]}{more}",
            causes=violations,
            number=number,
            violation_count=len(violations),
        )
