"""The sections of a report about the identity and provenance of a version."""

from collections.abc import Mapping, Sequence
from typing import Final

from modelregistry.names import short_ref
from modelregistry.report.page import Block, Prose, Section, facts, table
from modelregistry.report.wording import by_whom, called, moment, pairs
from modelregistry.types import (
    DatasetInput,
    DatasetNode,
    DatasetRole,
    Environment,
    LineageRole,
    Report,
    Signature,
    Source,
    TensorSpec,
    Version,
    VersionNode,
    VersionState,
)

_ROLES = {
    DatasetRole.TRAINING: LineageRole.TRAINED_ON,
    DatasetRole.VALIDATION: LineageRole.VALIDATED_ON,
    DatasetRole.TEST: LineageRole.TESTED_ON,
}
_RESOLVED_BY: Final[Mapping[int, str]] = {
    VersionState.YANKED: "its number and its digest only: it was yanked",
    VersionState.REVOKED: "nothing: it was revoked",
    VersionState.DELETED: "nothing: it was deleted",
}
"""The references that resolve to a version without an alias or a stage, by its state."""


def identity(report: Report) -> Sequence[Section]:
    """Return description, identity and current use."""
    version, model = report.version, report.model
    said = [Prose(text) for text in (model.description, version.description) if text.strip()]
    facts_of_it = facts(
        ("name", version.name),
        ("uid", version.uid),
        ("root digest", version.root_digest),
        ("registered", by_whom(version.creator, version.create_time)),
        ("owner of the model", model.owner),
        ("state", called(version.state)),
        ("deleted", moment(version.delete_time)),
        ("tags", pairs(version.tags)),
        ("labels", pairs(version.labels)),
        ("size", _size(version)),
    )
    serves = facts(
        ("stage", version.stage),
        ("aliases", ", ".join(version.aliases)),
        ("resolved by", _RESOLVED_BY.get(version.state, "")),
    )
    return [
        Section("Description", said),
        Section("Identity", facts_of_it),
        Section("Current use", serves),
    ]


def origin(report: Report) -> Sequence[Section]:
    """Return data, code, parameters, environment and annotations."""
    version = report.version
    parameters = [(name, version.params[name]) for name in sorted(version.params)]
    noted = [(key, version.annotations[key]) for key in sorted(version.annotations)]
    return [
        Section("Data", _data(report)),
        Section("Derived from", _parents(report)),
        Section("Code", _code(version.source)),
        Section("Parameters", table(("Parameter", "Value"), parameters)),
        Section("Signature", _signature(version.signature)),
        Section("Environment", _environment(version.environment)),
        Section("Annotations", table(("Key", "Value"), noted)),
    ]


def _size(version: Version) -> str:
    if version.by_reference:
        return "by reference: the registry does not have the bytes"
    return f"{version.size_bytes:,} bytes in {version.file_count:,} file(s)"


def files(report: Report) -> Sequence[Section]:
    """Return the files with their digests."""
    rows = [
        (file.path, f"{file.size_bytes:,}", file.media_type, file.digest) for file in report.files
    ]
    columns = ("Path", "Bytes", "Type", "Digest")
    return [Section("Files", table(columns, rows, numbers=frozenset({1})))]


def datasets(report: Report) -> Sequence[tuple[LineageRole | int, DatasetInput]]:
    """Return all datasets of the version, once for each role: registered, or recorded later."""
    found: dict[tuple[str, str, str], tuple[LineageRole | int, DatasetInput]] = {}
    for data in report.version.inputs:
        role = _ROLES[data.role] if isinstance(data.role, DatasetRole) else data.role
        found[called(role), data.uri, data.digest] = role, data
    for step in report.lineage:
        if isinstance(step.node, DatasetNode):
            uri, digest, role = step.node.uri, step.node.digest, step.edge.role
            data = DatasetInput(uri=uri, digest=digest)
            found.setdefault((called(role), uri, digest), (role, data))
    return [found[key] for key in sorted(found)]


def parents(report: Report) -> Sequence[str]:
    """Return the full names of the parent versions."""
    recorded = [step.node.name for step in report.lineage if isinstance(step.node, VersionNode)]
    return sorted({*report.version.parents, *recorded})


def _data(report: Report) -> Sequence[Block]:
    rows = [
        (called(role), data.uri, data.digest or "not pinned") for role, data in datasets(report)
    ]
    return table(("Role", "URI", "Digest"), rows)


def _parents(report: Report) -> Sequence[Block]:
    return table(("Version", "Name"), [(short_ref(name), name) for name in parents(report)])


def _code(source: Source | None) -> Sequence[Block]:
    if source is None:
        return []
    changes = {True: "yes", False: "no", None: ""}
    return facts(
        ("repository", source.repository),
        ("commit", source.commit),
        ("uncommitted changes", changes[source.dirty]),
        ("run", source.run_id),
        ("entry point", source.entry_point),
        ("bytes from", source.uri),
        ("run page", source.run_link),
    )


def _signature(signature: Signature | None) -> Sequence[Block]:
    sides = (("in", signature.inputs), ("out", signature.outputs)) if signature else ()
    rows = [
        (side, tensor.name, tensor.dtype, shape(tensor)) for side, part in sides for tensor in part
    ]
    return table(("Side", "Name", "Type", "Shape"), rows)


def shape(tensor: TensorSpec) -> str:
    """Return a shape such as `(any, 4)`."""
    return f"({', '.join('any' if axis < 0 else str(axis) for axis in tensor.shape)})"


def _environment(environment: Environment | None) -> Sequence[Block]:
    if environment is None:
        return []
    packages = sorted((package.name, package.version) for package in environment.packages)
    return [
        *facts(
            ("python", environment.python_version),
            ("platform", environment.platform),
            ("image", environment.image),
            ("accelerator", environment.accelerator),
        ),
        *table(("Package", "Version"), packages),
    ]
