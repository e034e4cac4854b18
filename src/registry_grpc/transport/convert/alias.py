"""Aliases and stage moves as messages."""

from modelregistry.v1 import alias_pb2
from registry_grpc.domain.alias import Alias, AliasEntry
from registry_grpc.domain.stage import StageEntry
from registry_grpc.transport.convert.time import timestamp


def alias_message(alias: Alias) -> alias_pb2.Alias:
    """Return the message."""
    return alias_pb2.Alias(
        name=str(alias.name),
        version=str(alias.version),
        etag=alias.etag,
        update_time=timestamp(alias.time),
        updater=alias.actor,
        revision=alias.revision,
    )


def alias_entry_message(entry: AliasEntry) -> alias_pb2.AliasEntry:
    """Return the message."""
    return alias_pb2.AliasEntry(
        name=str(entry.name),
        version=str(entry.version or ""),
        previous_version=str(entry.previous or ""),
        create_time=timestamp(entry.time),
        actor=entry.actor,
        reason=entry.reason,
        revision=entry.revision,
    )


def stage_entry_message(entry: StageEntry) -> alias_pb2.StageEntry:
    """Return the message."""
    return alias_pb2.StageEntry(
        version=str(entry.version),
        stage=entry.stage,
        previous_stage=entry.previous,
        create_time=timestamp(entry.time),
        actor=entry.actor,
        reason=entry.reason,
        revision=entry.revision,
    )
