"""The required facts of a record, and which of them one lacks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry_grpc.domain.facts import DatasetInput, DatasetRole, Environment, Source
from registry_grpc.domain.labels import check_label_key, check_text
from registry_grpc.domain.path_pattern import PathPattern
from registry_grpc.domain.record import Record
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import current_work

_MOST = 64
_MAX_BYTES = 256
_LISTS = ("files", "labels", "tags", "metrics", "slices")
# An unsatisfiable requirement would reject every record.
_KEYED = ("labels", "tags")


@dataclass(frozen=True, slots=True)
class RequiredFacts:
    """As in the contract. files: patterns of paths. slices: dimensions."""

    files: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    pinned_inputs: tuple[DatasetRole, ...] = ()
    clean_commit: bool = False
    environment_lock: bool = False
    signature: bool = False
    slices: tuple[str, ...] = ()
    stored_bytes: bool = False

    def check(self, found: Violations, field: str) -> None:
        """Add violations, under `field`."""
        for name in _LISTS:
            entries: Sequence[str] = getattr(self, name)
            found.check(f"{field}.{name}", len(entries) <= _MOST, f"at most {_MOST}")
            found.check(f"{field}.{name}", len(set(entries)) == len(entries), "entries must differ")
            check = check_label_key if name in _KEYED else _check_entry
            for index, entry in enumerate(entries):
                check(found, f"{field}.{name}[{index}]", entry)
        differ = len(set(self.pinned_inputs)) == len(self.pinned_inputs)
        found.check(f"{field}.pinned_inputs", differ, "roles must differ")


def _check_entry(found: Violations, field: str, entry: str) -> None:
    found.check(field, bool(entry), "may not be empty")
    check_text(found, field, entry, _MAX_BYTES)


def missing_facts(required: RequiredFacts, record: Record) -> Iterator[str]:
    """Yield a sentence, which begins with the field, for each missing fact."""
    detail = record.detail
    if required.stored_bytes and record.by_reference:
        yield "by_reference: the registry does not have the bytes of the version"
    yield from _files(required.files, [file.path for file in record.files])
    yield from _keys("labels", required.labels, record.labels)
    yield from _keys("tags", required.tags, record.tags)
    yield from _keys("metrics", required.metrics, record.metrics)
    yield from _inputs(required.pinned_inputs, detail.inputs)
    if required.clean_commit:
        yield from _commit(detail.source)
    if required.environment_lock and not _locked(detail.environment):
        yield "environment: neither packages nor a container image are recorded"
    signature = detail.signature
    if required.signature and not (signature and (signature.inputs or signature.outputs)):
        yield "signature: is not recorded"
    dimensions = {part.dimension for part in detail.slices}
    for dimension in required.slices:
        if dimension not in dimensions:
            yield f"slices: there is none of the dimension {dimension!r}"


def _files(patterns: Iterable[str], paths: Sequence[str]) -> Iterator[str]:
    work = current_work()
    for text in patterns:
        if next(PathPattern(text).among(paths, work), None) is None:
            yield f"files: no path matches {text!r}"


def _keys(field: str, wanted: Iterable[str], there: Collection[str]) -> Iterator[str]:
    for key in wanted:
        if key not in there:
            yield f"{field}: {key!r} is missing"


def _inputs(roles: Iterable[DatasetRole], inputs: Sequence[DatasetInput]) -> Iterator[str]:
    for role in roles:
        if all(item.role is not role for item in inputs):
            yield f"inputs: there is none for {role}"
    pinned = frozenset(roles)
    for index, item in enumerate(inputs):
        if item.role in pinned and not item.digest:
            yield f"inputs[{index}].digest: is missing, and {item.role} data must be pinned"


def _commit(source: Source | None) -> Iterator[str]:
    if source is None or not source.commit:
        yield "source.commit: is missing"
    if source is None or source.dirty is None:
        yield "source.dirty: it is not known whether the work tree was clean"
    elif source.dirty:
        yield "source.dirty: the work tree had changes that the commit lacks"


def _locked(environment: Environment | None) -> bool:
    return environment is not None and bool(environment.packages or environment.image)
