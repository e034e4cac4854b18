"""A version before it is registered, and everything that must be true of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry_grpc.domain.annotation import check_annotations
from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.dataset import check_dataset, check_no_password
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.ensemble_check import check_ensemble, is_members_path
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.facts import (
    Environment,
    Signature,
    Source,
    TensorSpec,
    VersionDetail,
    VersionOrigin,
)
from registry_grpc.domain.labels import check_labels, check_text
from registry_grpc.domain.limits import RECORD_BYTES
from registry_grpc.domain.manifest import FileEntry, check_files, root_digest
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES
from registry_grpc.domain.result import KEY_BYTES, check_key, check_metrics, check_slices
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_BYTES = 256
_ADDRESS_BYTES = 2_048
_VALUE_BYTES = 4_096
_MOST = {"params": 1_000, "inputs": 1_000, "parents": 100}
_MOST_PACKAGES = 5_000
_MOST_TENSORS = 1_000
_MOST_AXES = 32
_NAME_BYTES = 1_024
_ONLY_COPIES = "is required: only CopyVersion makes copies within a registry"
_ELSEWHERE = "keep what is large in a file of the version"


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A version to be registered. expected_root: None unless the caller stated one.

    by_reference: whether the registry does not get its bytes.
    """

    files: Sequence[FileEntry]
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    detail: VersionDetail = field(default_factory=VersionDetail)
    expected_root: Digest | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    by_reference: bool = False

    @classmethod
    def copied(cls, source: Version, files: Sequence[FileEntry]) -> "VersionDraft":
        """Return the draft of a copy of a version, which is read with its detail.

        It has all facts of the source, except that the source is its only parent.
        """
        origin = VersionOrigin(str(source.name), source.uid)
        detail = replace(
            source.detail or VersionDetail(), parents=(str(source.name),), copied_from=origin
        )
        return cls(
            files=files,
            description=source.description,
            tags=source.tags,
            labels=source.labels,
            metrics=source.metrics,
            detail=detail,
            expected_root=source.root_digest,
            annotations=source.annotations.pairs,
            by_reference=source.by_reference,
        )

    def require_size(self) -> None:
        """Raise LimitExceeded for a record that would be larger than it may be, without files."""
        size = most_encoded(replace(self, files=()))
        if size > RECORD_BYTES:
            raise LimitExceeded("record size in bytes", RECORD_BYTES, size, _ELSEWHERE)

    def check(self, found: Violations) -> None:
        """Note everything that is wrong, under the paths of RegisterVersionRequest."""
        if self.by_reference:
            _check_reference(found, self)
        elif self.files or self.detail.ensemble is None:
            check_files(found, "files", self.files)
        check_text(found, "version.description", self.description, MAX_DESCRIPTION_BYTES)
        check_labels(found, "version.tags", self.tags)
        check_labels(found, "version.labels", self.labels)
        check_annotations(found, "version.annotations", self.annotations)
        check_metrics(found, "version.metrics", self.metrics)
        _check_detail(found, self.detail)
        if self.detail.ensemble is not None:
            check_ensemble(found, "version.ensemble", self.detail.ensemble)
            _check_content(found, self)
        if self.expected_root is not None:
            actual = root_digest(self.files)
            found.check(
                "version.root_digest",
                actual == self.expected_root,
                f"the files have the root digest {actual}",
            )


def _check_reference(found: Violations, draft: VersionDraft) -> None:
    found.check("files", not draft.files, "a version by reference has no files")
    source = draft.detail.source
    there = source is not None and bool(source.uri)
    found.check("version.source.uri", there, "is required for a version by reference")


def _check_content(found: Violations, ensemble: VersionDraft) -> None:
    stored = not ensemble.by_reference
    found.check("version.by_reference", stored, "an ensemble is not by reference")
    for index, file in enumerate(ensemble.files):
        own = not is_members_path(file.path)
        found.check(f"files[{index}].path", own, "the folder `members` has the members")


def _check_detail(found: Violations, detail: VersionDetail) -> None:
    for name, most in _MOST.items():
        found.check(f"version.{name}", len(getattr(detail, name)) <= most, f"at most {most}")
    if detail.environment is not None:
        _check_environment(found, detail.environment)
    if detail.source is not None:
        _check_source(found, detail.source)
    for key, value in sorted(detail.params.items()):
        path = f"version.params[{key[:80]!r}]"
        check_key(found, path, key)
        check_text(found, path, value, _VALUE_BYTES)
    for index, dataset in enumerate(detail.inputs):
        path = f"version.inputs[{index}]"
        found.check(f"{path}.uri", bool(dataset.uri), "is required")
        check_dataset(found, f"{path}.uri", dataset.uri, f"{path}.digest", dataset.digest)
    check_slices(found, "version.slices", detail.slices)
    if detail.signature is not None:
        _check_signature(found, detail.signature)
    if detail.copied_from is not None:
        _check_origin(found, detail.copied_from)


def _check_environment(found: Violations, environment: Environment) -> None:
    for name in ("python_version", "platform", "image", "accelerator"):
        check_text(found, f"version.environment.{name}", getattr(environment, name), _SHORT_BYTES)
    field = "version.environment.packages"
    found.check(field, len(environment.packages) <= _MOST_PACKAGES, f"at most {_MOST_PACKAGES}")
    for index, package in enumerate(environment.packages):
        found.check(f"{field}[{index}].name", bool(package.name), "is required")
        found.check(f"{field}[{index}].version", bool(package.version), "is required")
        check_text(found, f"{field}[{index}].name", package.name, KEY_BYTES)
        check_text(found, f"{field}[{index}].version", package.version, KEY_BYTES)


def _check_source(found: Violations, source: Source) -> None:
    check_text(found, "version.source.repository", source.repository, _VALUE_BYTES)
    check_no_password(found, "version.source.repository", source.repository)
    found.check(
        "version.source.commit",
        not source.commit or _COMMIT.fullmatch(source.commit) is not None,
        "must be 40 or 64 lower-case hexadecimal characters",
    )
    check_text(found, "version.source.run_id", source.run_id, _SHORT_BYTES)
    check_text(found, "version.source.entry_point", source.entry_point, _VALUE_BYTES)
    for name in ("uri", "run_link"):
        path, address = f"version.source.{name}", getattr(source, name)
        check_text(found, path, address, _ADDRESS_BYTES)
        check_no_password(found, path, address)
        plain = not has_control_characters(address)
        found.check(path, plain, "may not contain control characters")


def _check_signature(found: Violations, signature: Signature) -> None:
    _check_tensors(found, "version.signature.inputs", signature.inputs)
    _check_tensors(found, "version.signature.outputs", signature.outputs)


def _check_origin(found: Violations, origin: VersionOrigin) -> None:
    field = "version.copied_from"
    found.check(f"{field}.registry", bool(origin.registry), _ONLY_COPIES)
    found.check(f"{field}.version", bool(origin.version), "is required")
    check_text(found, f"{field}.registry", origin.registry, _SHORT_BYTES)
    check_no_password(found, f"{field}.registry", origin.registry)
    check_text(found, f"{field}.version", origin.version, _NAME_BYTES)


def _check_tensors(found: Violations, field: str, tensors: Sequence[TensorSpec]) -> None:
    found.check(field, len(tensors) <= _MOST_TENSORS, f"at most {_MOST_TENSORS}")
    names = [tensor.name for tensor in tensors]
    found.check(field, len(set(names)) == len(names), "names must differ")
    for index, tensor in enumerate(tensors):
        path = f"{field}[{index}]"
        check_text(found, f"{path}.name", tensor.name, _SHORT_BYTES)
        found.check(f"{path}.dtype", bool(tensor.dtype), "is required")
        check_text(found, f"{path}.dtype", tensor.dtype, KEY_BYTES)
        found.check(f"{path}.shape", len(tensor.shape) <= _MOST_AXES, f"at most {_MOST_AXES} axes")
        found.check(f"{path}.shape", all(n >= -1 for n in tensor.shape), "lengths are -1 or more")
