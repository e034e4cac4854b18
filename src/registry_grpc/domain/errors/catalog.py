"""Errors of registered resources: namespaces, models, versions, aliases, their records."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import AlreadyExists, Conflict, NotFound, WrongState


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

    def __init__(
        self,
        model: str,
        delete_time: str = "",
        deleter: str = "",
        purge_time: str = "",
        wanted: str = "",
    ) -> None:
        """Times as text, '' for none. deleter: '' if it is not known. wanted: another id, or ''.

        model: the one that exists. Its id and `wanted` differ in case or compatibility forms.
        """
        note = f"; {wanted} would differ from it only in case or form" if wanted else ""
        if delete_time:
            by = f" by {deleter}" if deleter else ""
            advice = "undelete it to go on with it, or choose another name"
            if purge_time:
                advice = f"it was purged at {purge_time}, so choose another name"
            note += f", deleted at {delete_time}{by}: {advice}"
        known = {"delete_time": delete_time, "deleter": deleter, "purge_time": purge_time}
        super().__init__(model, note, **{key: text for key, text in known.items() if text})


class ModelDeleted(WrongState):
    """The model is soft-deleted."""

    reason = "MODEL_DELETED"
    text = "{resource} is deleted; undelete it first"


class ModelNotDeleted(WrongState):
    """Only a soft-deleted model can be undeleted or purged."""

    reason = "MODEL_NOT_DELETED"
    text = "{resource} is not deleted"


class ModelPurged(WrongState):
    """The deletion of the model is final."""

    reason = "MODEL_PURGED"
    text = "{resource} was deleted and purged: it cannot be restored"


class ModelRenamed(WrongState):
    """The name is a former one of the model, which only lookups accept."""

    reason = "MODEL_RENAMED"
    text = "{resource} was renamed; its name is {model} now"

    def __init__(self, former: str, model: str) -> None:
        super().__init__(former, model=model)


class ModelNotEmpty(WrongState):
    """The model has versions that are not purged."""

    reason = "MODEL_NOT_EMPTY"
    text = "{resource} has {version_count} versions that are not purged; purge them first"

    def __init__(self, model: str, count: int) -> None:
        super().__init__(model, version_count=count)


class VersionNotFound(NotFound):
    """The version does not exist, or did not at the requested time."""

    reason = "VERSION_NOT_FOUND"
    resource_type = "version"


class VersionDeleted(WrongState):
    """The version was deleted; its number stays taken."""

    reason = "VERSION_DELETED"
    text = "{resource} was deleted and can no longer be used"


class VersionNotDeleted(WrongState):
    """Only a deleted version can be purged."""

    reason = "VERSION_NOT_DELETED"
    text = "{resource} is not deleted; delete it before purging it"


class BytesNotStored(WrongState):
    """The version is by reference: the registry has its record, not its bytes."""

    reason = "BYTES_NOT_STORED"
    text = "the registry does not store the bytes of {resource}: they are at {uri}"

    def __init__(self, version: str, uri: str) -> None:
        super().__init__(version, uri=uri)


class VersionInUse(WrongState):
    """Names or ensembles still reference the version, or instances serve it."""

    reason = "VERSION_IN_USE"
    audited = True

    def __init__(self, version: str, uses: Sequence[str], *, forcible: bool = True) -> None:
        """forcible: whether the caller can delete it all the same."""
        advice = "move those first, or use force" if forcible else "delete those first"
        super().__init__(
            version,
            f"{version} is still in use by {', '.join(uses)}; {advice}",
            causes=[f"in use by {use}" for use in uses],
        )


class VersionYanked(WrongState):
    """The version was yanked: no alias, stage or new version can reference it."""

    reason = "VERSION_YANKED"
    audited = True
    text = "{resource} was yanked: no alias, stage or new version can reference it any more"

    def __init__(self, version: str, name: str = "") -> None:
        """name: the alias or stage that references it; '' if one was about to."""
        if name:
            message = (
                f"{name} references {version}, which was yanked; use its number to get it all the "
                f"same, or move {name} to another version"
            )
            super().__init__(version, message, name=name)
        else:
            super().__init__(version)


class VersionRevoked(WrongState):
    """The version was revoked permanently: every lookup fails, and its bytes are withheld."""

    reason = "VERSION_REVOKED"
    audited = True
    text = "{resource} was revoked and can no longer be used"

    def __init__(self, version: str, blob: str = "") -> None:
        """blob: the digest of the withheld bytes that were requested; '' if none were."""
        if blob:
            message = f"{blob} is withheld: {version}, which references it, was revoked"
            super().__init__(version, message, blob=blob)
        else:
            super().__init__(version)


class MemberUnusable(WrongState):
    """The version is an ensemble with a member that may not be used."""

    reason = "MEMBER_UNUSABLE"
    audited = True

    def __init__(self, version: str, role: str, member: str, state: str, name: str = "") -> None:
        """state: of the member. name: the reference that leads to the ensemble; '' for none."""
        subject = f"{name} references {version}, which" if name else version
        by = "is blocked by a member of its own" if state == "blocked" else f"was {state}"
        super().__init__(
            version,
            f"{subject} is blocked: its member {role}, {member}, {by}",
            role=role,
            member=member,
            state=state,
            **({"name": name} if name else {}),
        )


class MemberSignatureMismatch(WrongState):
    """Inputs and outputs of members of a new ensemble do not fit together."""

    reason = "MEMBER_SIGNATURE_MISMATCH"

    def __init__(self, model: str, mismatches: Sequence[str]) -> None:
        more = f" (and {len(mismatches) - 1} more)" if len(mismatches) > 1 else ""
        super().__init__(
            model,
            f"the members of a new version of {model} do not fit: {mismatches[0]}{more}",
            causes=mismatches,
            mismatch_count=len(mismatches),
        )


class MemberNotCopied(WrongState):
    """A copied ensemble needs copies of its members in the namespace of the copy."""

    reason = "MEMBER_NOT_COPIED"
    text = "{resource} has no usable copy in {namespace}, where the ensemble would need it"

    def __init__(self, member: str, namespace: str) -> None:
        super().__init__(member, namespace=namespace)


class RouteNotFound(NotFound):
    """The route does not exist, or did not at the requested time."""

    reason = "ROUTE_NOT_FOUND"
    resource_type = "route"


class NameInUse(AlreadyExists):
    """Another name of the model has the id: an alias or a route."""

    reason = "NAME_IN_USE"
    resource_type = "name"

    def __init__(self, holder: str) -> None:
        super().__init__(holder, ": aliases and routes of a model share their ids")


class DeploymentNotFound(NotFound):
    """The deployment was never reported, ended or expired."""

    reason = "DEPLOYMENT_NOT_FOUND"
    resource_type = "deployment"


class MonitorNotFound(NotFound):
    """The monitor was never put, was deleted, or never had that revision."""

    reason = "MONITOR_NOT_FOUND"
    resource_type = "monitor"


class MonitorStateNotFound(NotFound):
    """The series has no state: nothing was judged, or its monitor ended."""

    reason = "MONITOR_STATE_NOT_FOUND"
    resource_type = "monitor state"


class SignalExists(AlreadyExists):
    """The same window of the same series was recorded with other numbers."""

    reason = "SIGNAL_EXISTS"
    resource_type = "signal"

    def __init__(self, signal: str, index: int) -> None:
        super().__init__(signal, f" with other numbers than signals[{index}]", index=index)


class InstanceHeld(WrongState):
    """Another principal reports a live instance of this target and name."""

    reason = "INSTANCE_HELD"
    audited = True

    def __init__(self, namespace: str, target: str, instance: str) -> None:
        message = f"another principal reports the live instance {instance!r} at {target!r}"
        super().__init__(namespace, f"{message} of {namespace}", target=target, instance=instance)


class InstanceSuperseded(Conflict):
    """A newer stream of the same principal reports the instance."""

    reason = "INSTANCE_SUPERSEDED"

    def __init__(self, namespace: str, target: str, instance: str) -> None:
        super().__init__(
            f"a newer stream reports the instance {instance!r} at {target!r} of {namespace}",
            resource=namespace,
            target=target,
            instance=instance,
        )


class AliasNotFound(NotFound):
    """The alias does not exist, or did not at the requested time."""

    reason = "ALIAS_NOT_FOUND"
    resource_type = "alias"


class LineageNodeNotFound(NotFound):
    """The registry knows no data set, run or code with this name."""

    reason = "LINEAGE_NODE_NOT_FOUND"
    resource_type = "lineage node"


class SchemaNotFound(NotFound):
    """The namespace has no registration schema, or not that revision of it."""

    reason = "SCHEMA_NOT_FOUND"
    resource_type = "registration schema"


class SchemaViolated(WrongState):
    """A record does not satisfy the namespace's registration schema."""

    reason = "SCHEMA_VIOLATED"
    audited = True

    def __init__(self, schema: str, number: int, violations: Sequence[str]) -> None:
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(
            schema,
            f"the record does not satisfy {schema}: {violations[0]}{more}",
            causes=violations,
            number=number,
            violation_count=len(violations),
        )
