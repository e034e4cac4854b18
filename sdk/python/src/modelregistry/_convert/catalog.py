"""Namespaces, models, aliases and stages."""

from modelregistry._convert import times
from modelregistry.types import Alias, AliasEntry, Model, Namespace, StageEntry
from modelregistry.v1 import alias_pb2, model_pb2, namespace_pb2


def namespace_from_message(message: namespace_pb2.Namespace) -> Namespace:
    """Read a namespace."""
    return Namespace(
        name=message.name,
        description=message.description,
        create_time=times.of(message, "create_time"),
        creator=message.creator,
        revision=message.revision,
        quota_bytes=message.quota_bytes if message.HasField("quota_bytes") else None,
        etag=message.etag,
    )


def model_from_message(message: model_pb2.Model) -> Model:
    """Read a model."""
    return Model(
        name=message.name,
        uid=message.uid,
        description=message.description,
        labels=dict(message.labels),
        owner=message.owner,
        etag=message.etag,
        create_time=times.of(message, "create_time"),
        update_time=times.of(message, "update_time"),
        delete_time=times.of(message, "delete_time"),
        creator=message.creator,
        revision=message.revision,
        latest_version=message.latest_version,
    )


def alias_from_message(message: alias_pb2.Alias) -> Alias:
    """Read an alias."""
    return Alias(
        name=message.name,
        version=message.version,
        etag=message.etag,
        update_time=times.of(message, "update_time"),
        updater=message.updater,
        revision=message.revision,
    )


def alias_entry_from_message(message: alias_pb2.AliasEntry) -> AliasEntry:
    """Read one move of an alias."""
    return AliasEntry(
        name=message.name,
        version=message.version,
        previous_version=message.previous_version,
        create_time=times.of(message, "create_time"),
        actor=message.actor,
        reason=message.reason,
        revision=message.revision,
    )


def stage_entry_from_message(message: alias_pb2.StageEntry) -> StageEntry:
    """Read one move of a version between stages."""
    return StageEntry(
        version=message.version,
        stage=message.stage,
        previous_stage=message.previous_stage,
        create_time=times.of(message, "create_time"),
        actor=message.actor,
        reason=message.reason,
        revision=message.revision,
    )
