"""Namespaces, models, aliases and stages."""

from modelregistry._convert import checked, times
from modelregistry.types import Alias, AliasEntry, Model, Namespace, StageEntry
from modelregistry.v1 import alias_pb2, model_pb2, namespace_pb2


def namespace_from_message(message: namespace_pb2.Namespace) -> Namespace:
    """Read a namespace."""
    return Namespace(
        name=checked.namespace_name(message.name),
        description=message.description,
        create_time=times.of(message, "create_time"),
        creator=message.creator,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
        quota_bytes=(
            checked.count(message.quota_bytes, "quota_bytes")
            if message.HasField("quota_bytes")
            else None
        ),
        etag=message.etag,
        reuse_purged_names=message.reuse_purged_names,
    )


def found_model(message: model_pb2.Model, name: str) -> Model:
    """Read a model; raise MalformedReply unless `name` is its name or a former one."""
    model = model_from_message(message)
    if not message.redirected_from:
        return checked.named(model, name)
    checked.redirected(message.redirected_from, name, model.name)
    return model


def model_from_message(message: model_pb2.Model) -> Model:
    """Read a model."""
    return Model(
        name=checked.model_name(message.name),
        uid=message.uid,
        description=message.description,
        labels=dict(message.labels),
        owner=message.owner,
        etag=message.etag,
        create_time=times.of(message, "create_time"),
        update_time=times.of(message, "update_time"),
        delete_time=times.of(message, "delete_time"),
        purge_time=times.of(message, "purge_time"),
        creator=message.creator,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
        latest_version=checked.count(message.latest_version, "latest_version"),
        activity_time=times.of(message, "activity_time"),
        annotations=dict(message.annotations),
        redirected_from=message.redirected_from,
    )


def purged_model_from_message(message: model_pb2.Model, name: str) -> Model:
    """Read a purged model; raise MalformedReply unless it is this one, and purged."""
    model = checked.named(model_from_message(message), name)
    if model.purge_time is None:
        raise checked.malformed("purge_time", "", "the model was to be purged")
    return model


def alias_from_message(message: alias_pb2.Alias) -> Alias:
    """Read an alias."""
    return Alias(
        name=checked.alias_name(message.name),
        version=_version_of(message.version, message.name),
        etag=message.etag,
        update_time=times.of(message, "update_time"),
        updater=message.updater,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def alias_entry_from_message(message: alias_pb2.AliasEntry) -> AliasEntry:
    """Read one move of an alias."""
    return AliasEntry(
        name=checked.alias_name(message.name),
        version=_version_or_none(message.version, message.name, "version"),
        previous_version=_version_or_none(
            message.previous_version, message.name, "previous_version"
        ),
        create_time=times.of(message, "create_time"),
        actor=message.actor,
        reason=message.reason,
        revision=checked.revision(message.revision),
    )


def stage_entry_from_message(message: alias_pb2.StageEntry) -> StageEntry:
    """Read one move of a version between stages."""
    return StageEntry(
        version=checked.version_name(message.version, "version"),
        stage=message.stage,
        previous_stage=message.previous_stage,
        create_time=times.of(message, "create_time"),
        actor=message.actor,
        reason=message.reason,
        revision=checked.revision(message.revision),
    )


def _version_of(version: str, alias: str, field: str = "version") -> str:
    """Return the name of a version; raise unless it belongs to the model of the alias."""
    model = alias.rpartition("/aliases/")[0]
    return checked.below(checked.version_name(version, field), model, field)


def _version_or_none(version: str, alias: str, field: str) -> str:
    return _version_of(version, alias, field) if version else ""
