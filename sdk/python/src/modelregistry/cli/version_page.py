"""The page of one version."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, tables
from modelregistry.names import short_ref
from modelregistry.types import (
    DatasetInput,
    DatasetRole,
    Ensemble,
    EnsembleStatus,
    Environment,
    FileEntry,
    MemberState,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    Version,
    VersionState,
)

MOST_FILES: Final = 20
"""The maximum number of files on the page."""
_MOST_SLICES: Final = 40
_KEY_PACKAGES: Final = frozenset(
    {
        *("catboost", "flax", "jax", "keras", "lightgbm", "numpy", "onnx", "onnxruntime"),
        *("pandas", "safetensors", "scikit-learn", "scipy", "tensorflow", "torch"),
        *("transformers", "xgboost"),
    }
)
"""The packages that most affect whether a model loads."""


def page(version: Version, files: Sequence[FileEntry], now: datetime) -> Iterator[RenderableType]:
    """Yield the parts of the page; empty sections are left out."""
    yield _title(version)
    yield _identity(version, now)
    yield from facts.section("Metrics", _metrics(version))
    yield from facts.section("Metrics by slice", _slices(version.slices))
    yield from _more(len(version.slices), _MOST_SLICES, "slices", "versions show --json", version)
    if version.state != VersionState.REVOKED:
        yield from facts.section("Files", files_table(files))
        yield from _more(version.file_count, len(files), "files", "versions files", version)
    yield from facts.section("Parameters", _texts(version.params.items()))
    yield from facts.section("Signature", _signature(version.signature))
    yield from facts.section("Trained on", _inputs(version.inputs))
    yield from facts.section("Members", members_table(version.ensemble))
    yield from facts.section("Derived from", _parents(version.parents))
    yield from facts.section("Source", _source(version.source))
    yield from facts.section("Environment", _environment(version.environment))
    yield from facts.section("Annotations", facts.annotations(version.annotations))


def _title(version: Version) -> Text:
    title, state = tables.name(version.ref), tables.state_tag(version.state)
    return title.append("  ").append_text(state) if state.plain else title


def _identity(version: Version, now: datetime) -> Table:
    registered = formats.exact(version.create_time, now)
    size = f"{formats.size(version.size_bytes)} in {formats.count(version.file_count, 'file')}"
    if version.by_reference:
        size = "by reference: the registry does not have the bytes"
    return facts.grid(
        [
            ("description", formats.paragraphs(version.description.strip())),
            ("registered", formats.by_whom(version.creator, registered)),
            ("changed", _if_later(version.update_time, version.create_time, now)),
            ("deleted", _if_later(version.delete_time, None, now)),
            ("purged", _if_later(version.purge_time, None, now)),
            ("aliases", tables.alias_tags(version.aliases) if version.aliases else ""),
            ("stage", tables.stage_tag(version.stage)),
            ("framework", _framework(version)),
            ("tags", formats.pairs(version.tags)),
            ("labels", formats.pairs(version.labels)),
            ("size", size),
            ("members", _usable(version.ensemble_status)),
            ("digest", formats.clean(version.root_digest)),
            ("name", formats.clean(version.name)),
            ("uid", version.uid),
            ("etag", version.etag),
            ("revision", str(version.revision)),
        ]
    )


def _usable(status: EnsembleStatus | None) -> str:
    """Return how many members an ensemble has, and whether one may not be used."""
    if status is None:
        return ""
    said = f"{status.member_count}, {status.closure_size} in all levels"
    if status.unusable_member is None:
        return said
    state = member_state(status.unusable_member.state)
    effect = "blocked by" if status.blocked else "without"
    return f"{said}; {effect} {status.unusable_member.role}, which is {state}"


def member_state(state: MemberState | int) -> str:
    """Return the state of a member in lower case."""
    return MemberState(state).name.lower() if state in set(MemberState) else f"state {state}"


def _framework(version: Version) -> str:
    """Return what `log_model` recorded, such as `sklearn 1.9.1 (skops)`."""
    tags = version.tags
    if "framework" not in tags:
        return ""
    form = f"({tags['framework_format']})" if tags.get("framework_format") else ""
    words = tags["framework"], tags.get("framework_version", ""), form
    return formats.clean(" ".join(filter(None, words)))


def _if_later(moment: datetime | None, other: datetime | None, now: datetime) -> str:
    return formats.exact(moment, now) if moment and moment != other else ""


def _texts(pairs: Iterable[tuple[str, str]]) -> Table:
    return facts.grid((formats.clean(key), formats.clean(text)) for key, text in sorted(pairs))


def _metrics(version: Version) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True, style="dim")
    made.add_column(justify="right")
    for called in sorted(version.metrics):
        made.add_row(Text(formats.clean(called)), formats.number(version.metrics[called]))
    return made


def _slices(slices: Sequence[SliceMetric]) -> Table:
    made = tables.table(
        ("DIMENSION", "name"),
        ("VALUE", "name"),
        ("COUNT", "number"),
        ("METRIC", "name"),
        ("RESULT", "number"),
        ("INTERVAL", "name"),
    )
    for part in slices[:_MOST_SLICES]:
        made.add_row(
            Text(formats.clean(part.dimension)),
            Text(formats.clean(part.value)),
            f"{part.count:,}",
            Text(formats.clean(part.metric)),
            formats.number(part.result),
            _interval(part),
        )
    return made


def _interval(part: SliceMetric) -> str:
    if part.interval is None:
        return "-"
    low, high = formats.number(part.interval.low), formats.number(part.interval.high)
    return f"{low} to {high} ({part.interval.level:.3g})"


def files_table(files: Sequence[FileEntry], *, whole_digests: bool = False) -> Table:
    """Return the table that lists files."""
    made = tables.table(("PATH", "name"), ("SIZE", "number"), ("TYPE", "name"), ("DIGEST", "name"))
    for file in files:
        made.add_row(
            tables.name(file.path),
            formats.size(file.size_bytes),
            tables.words(file.media_type),
            file.digest if whole_digests else formats.short_digest(file.digest),
        )
    return made


def _more(
    total: int, shown: int, noun: str, command: str, version: Version
) -> Iterator[RenderableType]:
    if total > shown:
        yield tables.dim(f"  … {total - shown:,} more {noun}: modelreg {command} {version.ref}")


def _signature(signature: Signature | None) -> Table:
    made = tables.table(("SIDE", "name"), ("NAME", "name"), ("TYPE", "name"), ("SHAPE", "name"))
    sides = (("in", signature.inputs), ("out", signature.outputs)) if signature else ()
    for side, tensors in sides:
        for tensor in tensors:
            made.add_row(
                side, tables.words(tensor.name), formats.clean(tensor.dtype), _shape(tensor)
            )
    return made


def _shape(tensor: TensorSpec) -> str:
    return f"({', '.join('any' if axis < 0 else str(axis) for axis in tensor.shape)})"


def _inputs(inputs: Sequence[DatasetInput]) -> Table:
    made = tables.table(("ROLE", "name"), ("URI", "name"), ("DIGEST", "name"))
    for data in inputs:
        role = data.role.name.lower() if isinstance(data.role, DatasetRole) else str(data.role)
        made.add_row(role, tables.name(data.uri), tables.words(data.digest))
    return made


def _parents(parents: Sequence[str]) -> Table:
    made = Table.grid()
    for parent in parents:
        made.add_row(tables.name(short_ref(parent)))
    return made


def members_table(ensemble: Ensemble | None) -> Table:
    """Return the members of an ensemble; empty for None."""
    made = tables.table(("ROLE", "name"), ("VERSION", "name"), ("", "name"))
    for member in ensemble.members if ensemble else ():
        soft = "soft" if member.soft else ""
        made.add_row(member.role, tables.name(formats.clean(member.version_ref)), soft)
    return made


def _source(source: Source | None) -> Table:
    if source is None:
        return facts.grid([])
    changes = {True: " with uncommitted changes", False: " without changes", None: ""}
    commit = formats.clean(source.commit) + changes[source.dirty] if source.commit else ""
    return facts.grid(
        [
            ("repository", formats.clean(source.repository)),
            ("commit", commit),
            ("run", formats.clean(source.run_id)),
            ("entry point", formats.clean(source.entry_point)),
            ("bytes from", formats.clean(source.uri)),
            ("run page", formats.clean(source.run_link)),
        ]
    )


def _environment(environment: Environment | None) -> Table:
    if environment is None:
        return facts.grid([])
    return facts.grid(
        [
            ("python", formats.clean(environment.python_version)),
            ("platform", formats.clean(environment.platform)),
            ("image", formats.clean(environment.image)),
            ("accelerator", formats.clean(environment.accelerator)),
            ("packages", _packages(environment.packages)),
        ]
    )


def _packages(packages: Sequence[Package]) -> str:
    if not packages:
        return ""
    key = [
        formats.clean(f"{each.name} {each.version}")
        for each in packages
        if each.name.lower() in _KEY_PACKAGES
    ]
    total = f"{len(packages):,} pinned"
    return f"{total}, among them {', '.join(key)}" if key else total
