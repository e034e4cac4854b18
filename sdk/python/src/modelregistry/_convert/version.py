"""Versions: the record as read, and the facts as registered."""

from dataclasses import fields

from modelregistry._convert import facts, times
from modelregistry.types import Version, VersionRecord, VersionState
from modelregistry.v1 import version_pb2 as pb


def record_to_message(record: VersionRecord) -> pb.Version:
    """Write the facts of a new version."""
    message = pb.Version(
        description=record.description,
        tags=record.tags,
        labels=record.labels,
        metrics=record.metrics,
        params=record.params,
        slices=map(facts.slice_to_message, record.slices),
        inputs=map(facts.dataset_to_message, record.inputs),
        parents=record.parents,
    )
    if record.signature is not None:
        message.signature.CopyFrom(facts.signature_to_message(record.signature))
    if record.environment is not None:
        message.environment.CopyFrom(facts.environment_to_message(record.environment))
    if record.source is not None:
        message.source.CopyFrom(facts.source_to_message(record.source))
    return message


def record_from_message(message: pb.Version) -> VersionRecord:
    """Read the facts of a version."""
    return VersionRecord(
        description=message.description,
        tags=dict(message.tags),
        labels=dict(message.labels),
        metrics=dict(message.metrics),
        params=dict(message.params),
        slices=tuple(map(facts.slice_from_message, message.slices)),
        inputs=tuple(map(facts.dataset_from_message, message.inputs)),
        parents=tuple(message.parents),
        signature=(
            facts.signature_from_message(message.signature)
            if message.HasField("signature")
            else None
        ),
        environment=(
            facts.environment_from_message(message.environment)
            if message.HasField("environment")
            else None
        ),
        source=facts.source_from_message(message.source) if message.HasField("source") else None,
    )


def version_to_message(version: Version) -> pb.Version:
    """Write a version, to keep it: what comes back from it is the same."""
    message = record_to_message(_record(version))
    message.MergeFrom(
        pb.Version(
            name=version.name,
            uid=version.uid,
            number=version.number,
            root_digest=version.root_digest,
            size_bytes=version.size_bytes,
            file_count=version.file_count,
            stage=version.stage,
            aliases=version.aliases,
            etag=version.etag,
            create_time=times.to_message(version.create_time, "create_time"),
            update_time=times.to_message(version.update_time, "update_time"),
            delete_time=times.to_message(version.delete_time, "delete_time"),
            creator=version.creator,
            revision=version.revision,
        )
    )
    message.state = pb.VersionState.ValueType(int(version.state))
    return message


def _record(version: Version) -> VersionRecord:
    return VersionRecord(
        **{field.name: getattr(version, field.name) for field in fields(VersionRecord)}
    )


def state_from_number(number: int) -> VersionState | int:
    """Return the state, or the number itself when this release does not know it."""
    return VersionState(number) if number in set(VersionState) else number


def version_from_message(message: pb.Version) -> Version:
    """Read a version in any view."""
    record = record_from_message(message)
    return Version(
        name=message.name,
        uid=message.uid,
        number=message.number,
        root_digest=message.root_digest,
        size_bytes=message.size_bytes,
        file_count=message.file_count,
        description=record.description,
        tags=record.tags,
        labels=record.labels,
        metrics=record.metrics,
        stage=message.stage,
        state=state_from_number(message.state),
        aliases=tuple(message.aliases),
        etag=message.etag,
        create_time=times.of(message, "create_time"),
        update_time=times.of(message, "update_time"),
        delete_time=times.of(message, "delete_time"),
        creator=message.creator,
        revision=message.revision,
        environment=record.environment,
        source=record.source,
        inputs=record.inputs,
        parents=record.parents,
        params=record.params,
        slices=record.slices,
        signature=record.signature,
    )
