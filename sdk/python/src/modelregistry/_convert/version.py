"""Versions: the record as read, the facts to register, and the JSON form on disk."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from google.protobuf import json_format

from modelregistry import names
from modelregistry._convert import checked, facts, times
from modelregistry._convert import ensemble as ensembles
from modelregistry._convert.arguments import Violations
from modelregistry._convert.writing import enum_number
from modelregistry.errors import MalformedReply
from modelregistry.types import (
    DatasetInput,
    Ensemble,
    Environment,
    Signature,
    SliceMetric,
    Source,
    Version,
    VersionOrigin,
    VersionRecord,
    VersionState,
)
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2 as pb


def record_to_message(record: VersionRecord) -> pb.Version:
    """Write the facts of a new version; raise InvalidRequest with all violations."""
    found = Violations()
    message = written(found, record)
    found.raise_if_any()
    return message


def written(found: Violations, record: VersionRecord) -> pb.Version:
    """Write the facts of a new version without the wrong ones, which are noted in `found`."""
    return found.build(
        pb.Version,
        description=record.description,
        tags=found.texts("tags", record.tags),
        labels=found.texts("labels", record.labels),
        metrics=found.numbers("metrics", record.metrics),
        params=found.texts("params", record.params),
        slices=found.each("slices", record.slices, SliceMetric, facts.slice_to_message),
        inputs=found.each("inputs", record.inputs, DatasetInput, facts.dataset_to_message),
        parents=record.parents,
        signature=found.one("signature", record.signature, Signature, facts.signature_to_message),
        environment=found.one(
            "environment", record.environment, Environment, facts.environment_to_message
        ),
        source=found.one("source", record.source, Source, facts.source_to_message),
        annotations=found.texts("annotations", record.annotations),
        by_reference=record.by_reference,
        copied_from=found.one(
            "copied_from", record.copied_from, VersionOrigin, facts.origin_to_message
        ),
        ensemble=found.one("ensemble", record.ensemble, Ensemble, ensembles.ensemble_to_message),
    )


def record_from_message(message: pb.Version) -> VersionRecord:
    """Read the facts of a version."""
    return VersionRecord(
        description=message.description,
        tags=dict(message.tags),
        labels=dict(message.labels),
        metrics=checked.metrics(message.metrics),
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
        annotations=dict(message.annotations),
        by_reference=message.by_reference,
        copied_from=(
            facts.origin_from_message(message.copied_from)
            if message.HasField("copied_from")
            else None
        ),
        ensemble=(
            ensembles.ensemble_from_message(message.ensemble)
            if message.HasField("ensemble")
            else None
        ),
    )


def version_to_message(version: Version) -> pb.Version:
    """Write a version without loss: reading the message gives an equal version."""
    message = record_to_message(record_of(version))
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
            purge_time=times.to_message(version.purge_time, "purge_time"),
            creator=version.creator,
            revision=version.revision,
            history_id=version.history_id,
            detail_omitted=version.detail_omitted,
            redirected_from=version.redirected_from,
        )
    )
    if version.ensemble_status is not None:
        status = ensembles.status_to_message(version.ensemble_status)
        message.ensemble_status.CopyFrom(status)
    message.state = pb.VersionState.ValueType(enum_number("state", version.state))
    return message


def record_of(version: Version) -> VersionRecord:
    """Return the facts of a version, to register them again."""
    return VersionRecord(
        **{field.name: getattr(version, field.name) for field in fields(VersionRecord)}
    )


def state_from_number(number: int) -> VersionState | int:
    """Return the state, or the number itself when this release does not know it."""
    return VersionState(number) if number in set(VersionState) else number


def version_from_message(message: pb.Version) -> Version:
    """Read a version in any view; its number is that of its name."""
    record = record_from_message(message)
    name = checked.version_name(message.name)
    number = int(name.rpartition("/")[2])
    if message.number not in {0, number}:
        raise checked.malformed("number", message.number, f"the name is {name}")
    return Version(
        name=name,
        uid=message.uid,
        number=number,
        root_digest=checked.digest_or_none(message.root_digest, "root_digest"),
        size_bytes=checked.count(message.size_bytes, "size_bytes"),
        file_count=checked.count(message.file_count, "file_count"),
        description=record.description,
        tags=dict(message.tags),
        labels=dict(message.labels),
        metrics=record.metrics,
        stage=message.stage,
        state=state_from_number(message.state),
        aliases=tuple(message.aliases),
        etag=message.etag,
        create_time=times.of(message, "create_time"),
        update_time=times.of(message, "update_time"),
        delete_time=times.of(message, "delete_time"),
        purge_time=times.of(message, "purge_time"),
        creator=message.creator,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
        detail_omitted=message.detail_omitted,
        redirected_from=message.redirected_from,
        environment=record.environment,
        source=record.source,
        inputs=record.inputs,
        parents=record.parents,
        params=dict(message.params),
        slices=record.slices,
        signature=record.signature,
        annotations=dict(message.annotations),
        by_reference=message.by_reference,
        copied_from=record.copied_from,
        ensemble=record.ensemble,
        ensemble_status=(
            ensembles.status_of_version(message.ensemble_status, name)
            if message.HasField("ensemble_status")
            else None
        ),
    )


def version_of_model(message: pb.Version, model: str) -> Version:
    """Read a version; raise MalformedReply unless it belongs to the requested model."""
    version = version_from_message(message)
    checked.below(version.name, f"{model}/versions")
    return version


def version_of_ref(message: pb.Version, ref: str) -> Version:
    """Read a version of a reference; raise MalformedReply when it cannot resolve to that.

    It must belong to the model of the reference, and have its number or root digest if the
    reference has one.
    """
    if message.redirected_from:
        raise checked.malformed("redirected_from", message.redirected_from, "only lookups redirect")
    return _of_ref(message, ref, known_of_ref(ref))


def found_version(message: pb.Version, ref: str) -> Version:
    """Read the version that a lookup returns, as `version_of_ref` or by a former name."""
    if not message.redirected_from:
        return version_of_ref(message, ref)
    asked, model = names.model_of(ref), names.model_of(checked.version_name(message.name))
    checked.redirected(message.redirected_from, asked, model)
    return _of_ref(message, ref, model + known_of_ref(ref).removeprefix(asked))


def _of_ref(message: pb.Version, ref: str, known: str) -> Version:
    version = version_from_message(message)
    if version.name != known:
        checked.below(version.name, known)
    _, at, selector = ref.partition("@")
    if at and selector.startswith("sha256:"):
        checked.same(version.root_digest, selector, "root_digest")
    return version


def copied_from_message(message: pb.Version, request: catalog.CopyVersionRequest) -> Version:
    """Read a copy; raise MalformedReply unless it is one of the requested source."""
    version = version_of_model(message, request.parent)
    origin = version.copied_from
    if origin is not None:
        named_by_ref(origin.version, request.source, "copied_from.version")
    elif not version.detail_omitted:
        raise checked.malformed("copied_from", "", f"a copy of {request.source} was requested")
    _, at, selector = request.source.partition("@")
    if at and selector.startswith("sha256:"):
        checked.same(version.root_digest, selector, "root_digest")
    return version


def version_now(message: pb.Version, ref: str, field: str, wanted: str | int) -> Version:
    """Read a changed version; raise MalformedReply unless `field` has the requested value."""
    version = version_of_ref(message, ref)
    if getattr(version, field) != wanted:
        raise checked.malformed(field, getattr(version, field), f"{wanted!r} was requested")
    return version


def purged_from_message(message: pb.Version, ref: str) -> Version:
    """Read a purged version; raise MalformedReply unless it is one."""
    version = version_now(message, ref, "state", VersionState.DELETED)
    if version.purge_time is None:
        raise checked.malformed("purge_time", "", "the version was to be purged")
    return version


def named_by_ref(name: str, ref: str, field: str = "name") -> str:
    """Return the name of a version or of its child; raise unless `ref` can resolve to it."""
    whole = known_of_ref(ref)
    return name if name == whole else checked.below(name, whole, field)


def known_of_ref(ref: str) -> str:
    """Return the prefix of the names that `ref` can resolve to, with its number if it has one."""
    versions = f"{names.model_of(ref)}/versions"
    path, at, _ = ref.partition("@")
    number = path.rpartition("/")[2]
    if at or "/aliases/" in path or not number.isdecimal():
        return versions
    return f"{versions}/{number}"


def version_to_document(version: Version) -> dict[str, Any]:
    """Return a version in the JSON form of the contract, which later releases can read."""
    return json_format.MessageToDict(version_to_message(version))


def version_from_document(document: Mapping[str, Any], ref: str = "") -> Version | None:
    """Read a version from its JSON form.

    Returns None when the document is no version, or one that the reference `ref` cannot resolve to.
    Fields of later releases are left out.
    """
    message = pb.Version()
    try:
        json_format.ParseDict(dict(document), message, ignore_unknown_fields=True)
        return found_version(message, ref) if ref else version_from_message(message)
    except (json_format.ParseError, ValueError, TypeError, MalformedReply):
        return None
