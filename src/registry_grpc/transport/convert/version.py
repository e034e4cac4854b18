"""Versions and their files to and from messages."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from modelregistry.v1 import catalog_service_pb2, version_pb2
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import EnsembleStatus
from registry_grpc.domain.manifest import UNHASHED, FileEntry
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.ensemble import status_message
from registry_grpc.transport.convert.facts import detail_from, metrics_from, write_detail
from registry_grpc.transport.convert.time import timestamp

STATES = {
    VersionState.ACTIVE: version_pb2.VERSION_STATE_ACTIVE,
    VersionState.DEPRECATED: version_pb2.VERSION_STATE_DEPRECATED,
    VersionState.YANKED: version_pb2.VERSION_STATE_YANKED,
    VersionState.REVOKED: version_pb2.VERSION_STATE_REVOKED,
    VersionState.DELETED: version_pb2.VERSION_STATE_DELETED,
}
_STATE_OF: Mapping[int, VersionState] = {number: state for state, number in STATES.items()}


def version_message(version: Version, *, full: bool) -> version_pb2.Version:
    """Return the message; with the detail only if `full`, and with a mark where that is missing."""
    message = version_pb2.Version(
        name=str(version.name),
        uid=str(version.uid),
        number=version.name.number,
        root_digest=str(version.root_digest),
        size_bytes=version.size,
        file_count=version.file_count,
        description=version.description,
        tags=version.tags,
        labels=version.labels,
        metrics=version.metrics,
        stage=version.stage,
        state=STATES[version.state],
        aliases=version.aliases,
        etag=version.etag,
        create_time=timestamp(version.create_time),
        update_time=timestamp(version.update_time),
        delete_time=timestamp(version.delete_time),
        purge_time=timestamp(version.purge_time),
        creator=version.creator,
        revision=version.revision,
        by_reference=version.by_reference,
    )
    if version.ensemble is not None:
        status = EnsembleStatus(version.name.ensemble_status, version.ensemble)
        message.ensemble_status.CopyFrom(status_message(status))
    if full and version.detail is not None:
        write_detail(version.detail, message)
        message.annotations.update(version.annotations.pairs)
    message.detail_omitted = full and version.detail is None
    return message


def state_from(number: int, found: Violations) -> VersionState:
    """Return the state that a version is to have; note one that cannot be asked for."""
    state = _STATE_OF.get(number, VersionState.DELETED)
    known = state is not VersionState.DELETED
    found.check("state", known, "must be ACTIVE, DEPRECATED, YANKED or REVOKED")
    return state


def file_message(file: FileEntry) -> version_pb2.FileEntry:
    """Return the message."""
    return version_pb2.FileEntry(
        path=file.path,
        digest=str(file.digest),
        size_bytes=file.size,
        media_type=file.media_type,
    )


RegistrationRequest: TypeAlias = (
    catalog_service_pb2.RegisterVersionRequest | catalog_service_pb2.CheckRegistrationRequest
)


def draft_from(request: RegistrationRequest, found: Violations, *, hashed: bool) -> VersionDraft:
    """Return what a request registers; note what cannot be read.

    hashed: whether each file needs a digest.
    """
    version = request.version
    root = version.root_digest
    files = _files(request.files, found, hashed=hashed)
    expected = found.parse("version.root_digest", Digest.parse, root) if root else None
    return VersionDraft(
        files=files,
        description=version.description,
        tags=dict(version.tags),
        labels=dict(version.labels),
        metrics=metrics_from(version.metrics),
        detail=detail_from(version, found),
        expected_root=expected if all(file.is_hashed for file in files) else None,
        annotations=dict(version.annotations),
        by_reference=version.by_reference,
    )


def _files(
    messages: Sequence[version_pb2.FileEntry], found: Violations, *, hashed: bool
) -> list[FileEntry]:
    files = []
    for index, message in enumerate(messages):
        digest = None
        if hashed or message.digest:
            digest = found.parse(f"files[{index}].digest", Digest.parse, message.digest)
        # The stand-in keeps the places of the files behind it; what is noted gets nowhere.
        files.append(
            FileEntry(message.path, digest or UNHASHED, message.size_bytes, message.media_type)
        )
    return files
