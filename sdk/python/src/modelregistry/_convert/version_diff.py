"""The differences between two versions. Pure: values in, values out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from modelregistry.names import short_ref
from modelregistry.types import (
    DatasetNode,
    Environment,
    FileEntry,
    LineageRole,
    LineageStep,
    Signature,
    Source,
    Version,
    VersionNode,
)
from modelregistry.types.version_diff import DIFF_SECTIONS, Difference, DiffSection, VersionDiff

Fact: TypeAlias = tuple[str, str | float | None]


@dataclass(frozen=True, slots=True)
class ComparedVersion:
    """All that is compared. files: None where they are withheld. steps: the edges from it."""

    version: Version
    files: Sequence[FileEntry] | None
    steps: Sequence[LineageStep]


def compare(before: ComparedVersion, after: ComparedVersion) -> VersionDiff:
    """Return what differs."""
    files = before.files is not None and after.files is not None
    found: list[Difference] = []
    for section in DIFF_SECTIONS:
        if section != "files" or files:
            found += _differences(section, _facts(section, before), _facts(section, after))
    return VersionDiff(
        before=before.version.name,
        after=after.version.name,
        differences=tuple(found),
        files_compared=files,
    )


def _differences(
    section: DiffSection, before: Iterable[Fact], after: Iterable[Fact]
) -> Iterator[Difference]:
    old, new = _known(before), _known(after)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield Difference(section=section, key=key, before=old.get(key), after=new.get(key))


def _known(facts: Iterable[Fact]) -> Mapping[str, str | float]:
    """Return the facts with a value; several of one key are joined."""
    found: dict[str, str | float] = {}
    for key, value in facts:
        if value is not None and value != "":
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _facts(section: DiffSection, of: ComparedVersion) -> Iterable[Fact]:
    version = of.version
    match section:
        case "metrics" | "params" | "tags" | "labels" | "annotations":
            pairs: Mapping[str, str | float] = getattr(version, section)
            return pairs.items()
        case "slices":
            parts = version.slices
            return ((f"{one.metric} {one.dimension}={one.value}", one.result) for one in parts)
        case "inputs" | "parents":
            return sorted(_lineage(section, of.steps))
        case "files":
            return ((file.path, f"{file.digest} {file.size_bytes}") for file in of.files or ())
        case "signature":
            return _signature(version.signature)
        case _:
            return _about(section, version)


def _about(section: DiffSection, version: Version) -> Iterable[Fact]:
    source, environment = version.source or Source(), version.environment or Environment()
    known: Mapping[DiffSection, Iterable[Fact]] = {
        "identity": (
            *(("description", version.description), ("size_bytes", version.size_bytes)),
            ("by reference", "yes" if version.by_reference else ""),
        ),
        "source": (
            *(("repository", source.repository), ("commit", source.commit)),
            ("work tree", "uncommitted changes" if source.dirty else ""),
            *(("run", source.run_id), ("entry point", source.entry_point)),
            *(("bytes from", source.uri), ("run page", source.run_link)),
        ),
        "environment": (
            *(("python", environment.python_version), ("platform", environment.platform)),
            *(("image", environment.image), ("accelerator", environment.accelerator)),
        ),
        "packages": sorted((package.name, package.version) for package in environment.packages),
    }
    return known[section]


def _lineage(section: DiffSection, steps: Sequence[LineageStep]) -> Iterator[tuple[str, str]]:
    for step in steps:
        role = step.edge.role
        words = role.name.lower().replace("_", " ") if isinstance(role, LineageRole) else str(role)
        if section == "inputs" and isinstance(step.node, DatasetNode):
            yield f"{words} {step.node.uri}", step.node.digest or "unpinned"
        elif section == "parents" and isinstance(step.node, VersionNode):
            yield short_ref(step.node.name), words


def _signature(signature: Signature | None) -> Iterator[Fact]:
    sides = (("in", signature.inputs), ("out", signature.outputs)) if signature else ()
    for side, tensors in sides:
        for place, tensor in enumerate(tensors):
            shape = ", ".join("any" if axis < 0 else str(axis) for axis in tensor.shape)
            yield f"{side} {place} {tensor.name}".strip(), f"{tensor.dtype} ({shape})"
