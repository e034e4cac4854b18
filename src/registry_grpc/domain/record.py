"""Records: the facts of a new or existing version that a registration schema checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import EnsembleSpec
from registry_grpc.domain.facts import (
    DatasetInput,
    Environment,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionDetail,
    VersionOrigin,
)
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.version import Version

Json = object


@dataclass(frozen=True, slots=True)
class Record:
    """The facts of a version except its name, number and time. files: by path."""

    description: str
    creator: str
    tags: Mapping[str, str]
    labels: Mapping[str, str]
    metrics: Mapping[str, float]
    detail: VersionDetail
    files: Sequence[FileEntry]
    by_reference: bool = False


def record_of_draft(draft: VersionDraft, creator: str) -> Record:
    """Return the record of a draft; parents are as in the draft."""
    return Record(
        description=draft.description,
        creator=creator,
        tags=draft.tags,
        labels=draft.labels,
        metrics=draft.metrics,
        detail=draft.detail,
        files=sorted(draft.files, key=lambda file: file.path.encode()),
        by_reference=draft.by_reference,
    )


def record_of_version(version: Version, files: Sequence[FileEntry]) -> Record:
    """Return the record of a version (read with detail) with these files, by path."""
    return Record(
        description=version.description,
        creator=version.creator,
        tags=version.tags,
        labels=version.labels,
        metrics=version.metrics,
        detail=version.detail or VersionDetail(),
        files=files,
        by_reference=version.by_reference,
    )


def record_document(record: Record) -> dict[str, Json]:
    """Return the record as `RegistrationSchema` in the contract describes it."""
    detail = record.detail
    return _filled(
        description=record.description,
        creator=record.creator,
        tags=dict(record.tags),
        labels=dict(record.labels),
        metrics=dict(record.metrics),
        params=dict(detail.params),
        environment=_environment(detail.environment),
        source=_source(detail.source),
        inputs=[_input(item) for item in detail.inputs],
        parents=list(detail.parents),
        copied_from=_origin(detail.copied_from),
        ensemble=_ensemble(detail.ensemble),
        slices=[_slice(item) for item in detail.slices],
        signature=_signature(detail.signature),
        files=[_file(file) for file in record.files],
        by_reference=record.by_reference or None,
    )


def _filled(**fields: Json) -> dict[str, Json]:
    """Return the present fields: neither None nor an empty text, list or object."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _environment(environment: Environment | None) -> Json:
    if environment is None:
        return None
    return _filled(
        python_version=environment.python_version,
        platform=environment.platform,
        image=environment.image,
        accelerator=environment.accelerator,
        packages=[{"name": item.name, "version": item.version} for item in environment.packages],
    )


def _source(source: Source | None) -> Json:
    if source is None:
        return None
    return _filled(
        repository=source.repository,
        commit=source.commit,
        dirty=source.dirty,
        run_id=source.run_id,
        entry_point=source.entry_point,
        uri=source.uri,
        run_link=source.run_link,
    )


def _origin(origin: VersionOrigin | None) -> Json:
    if origin is None:
        return None
    return _filled(registry=origin.registry, version=origin.version, uid=str(origin.uid))


def _ensemble(spec: EnsembleSpec | None) -> Json:
    if spec is None:
        return None
    return _filled(
        combiner=spec.combiner,
        members=[
            _filled(
                role=member.role,
                version=member.pin.version,
                root_digest=str(member.pin.root_digest or ""),
                uid=str(member.pin.uid or ""),
                soft=member.soft or None,
                input_names=dict(member.input_names),
                output_names=dict(member.output_names),
            )
            for member in spec.members
        ],
        edges=[
            _filled(source=edge.source, output=edge.output, target=edge.target, input=edge.input)
            for edge in spec.edges
        ],
    )


def _input(item: DatasetInput) -> Json:
    return _filled(uri=item.uri, digest=item.digest, role=str(item.role))


def _slice(item: SliceMetric) -> Json:
    interval = item.interval
    return _filled(
        dimension=item.dimension,
        value=item.value,
        count=item.count,
        metric=item.metric,
        result=item.result,
        interval=interval and {"low": interval.low, "high": interval.high, "level": interval.level},
    )


def _signature(signature: Signature | None) -> Json:
    if signature is None:
        return None
    return _filled(
        inputs=[_tensor(item) for item in signature.inputs],
        outputs=[_tensor(item) for item in signature.outputs],
    )


def _tensor(item: TensorSpec) -> Json:
    return _filled(name=item.name, dtype=item.dtype, shape=list(item.shape))


def _file(file: FileEntry) -> Json:
    return _filled(
        path=file.path,
        digest=str(file.digest),
        size_bytes=file.size,
        media_type=file.media_type,
    )
