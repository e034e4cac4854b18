"""A version before it is registered, and everything that must be true of it."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import (
    DatasetInput,
    Environment,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionDetail,
)
from registry_grpc.domain.labels import check_labels, check_text
from registry_grpc.domain.manifest import FileEntry, check_files, root_digest
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES
from registry_grpc.domain.violations import Violations

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DATASET_DIGEST = re.compile(r"[a-z0-9][a-z0-9+._-]*:\S+")
# A password; or, where git hosts take a token for the user, any user.
_URI_SECRET = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/?#@\s]*:[^/?#\s]+@|https?://[^/?#\s]+@", re.IGNORECASE
)
_KEY_BYTES = 128
_SHORT_BYTES = 256
_VALUE_BYTES = 4_096
_MOST = {"metrics": 1_000, "params": 1_000, "inputs": 1_000, "parents": 100, "slices": 10_000}
_MOST_PACKAGES = 5_000
_MOST_TENSORS = 1_000
_MOST_AXES = 32


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """What a caller registers. expected_root: None unless the caller stated one."""

    files: Sequence[FileEntry]
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    detail: VersionDetail = field(default_factory=VersionDetail)
    expected_root: Digest | None = None

    def check(self, found: Violations) -> None:
        """Note everything that is wrong, under the paths of RegisterVersionRequest."""
        check_files(found, "files", self.files)
        check_text(found, "version.description", self.description, MAX_DESCRIPTION_BYTES)
        check_labels(found, "version.tags", self.tags)
        check_labels(found, "version.labels", self.labels)
        _check_metrics(found, self.metrics)
        _check_detail(found, self.detail)
        if self.expected_root is not None:
            actual = root_digest(self.files)
            found.check(
                "version.root_digest",
                actual == self.expected_root,
                f"the files have the root digest {actual}",
            )


def _check_detail(found: Violations, detail: VersionDetail) -> None:
    for name in ("params", "inputs", "parents", "slices"):
        most = _MOST[name]
        found.check(f"version.{name}", len(getattr(detail, name)) <= most, f"at most {most}")
    if detail.environment is not None:
        _check_environment(found, detail.environment)
    if detail.source is not None:
        _check_source(found, detail.source)
    for key, value in sorted(detail.params.items()):
        path = f"version.params[{key[:80]!r}]"
        _check_key(found, path, key)
        check_text(found, path, value, _VALUE_BYTES)
    for index, dataset in enumerate(detail.inputs):
        _check_dataset(found, f"version.inputs[{index}]", dataset)
    for index, part in enumerate(detail.slices):
        _check_slice(found, f"version.slices[{index}]", part)
    if detail.signature is not None:
        _check_signature(found, detail.signature)


def _check_metrics(found: Violations, metrics: Mapping[str, float]) -> None:
    found.check("version.metrics", len(metrics) <= _MOST["metrics"], f"at most {_MOST['metrics']}")
    for key, value in sorted(metrics.items()):
        path = f"version.metrics[{key[:80]!r}]"
        _check_key(found, path, key)
        found.check(path, math.isfinite(value), f"must be a finite number, not {value}")


def _check_environment(found: Violations, environment: Environment) -> None:
    for name in ("python_version", "platform", "image", "accelerator"):
        check_text(found, f"version.environment.{name}", getattr(environment, name), _SHORT_BYTES)
    field = "version.environment.packages"
    found.check(field, len(environment.packages) <= _MOST_PACKAGES, f"at most {_MOST_PACKAGES}")
    for index, package in enumerate(environment.packages):
        found.check(f"{field}[{index}].name", bool(package.name), "is required")
        found.check(f"{field}[{index}].version", bool(package.version), "is required")
        check_text(found, f"{field}[{index}].name", package.name, _KEY_BYTES)
        check_text(found, f"{field}[{index}].version", package.version, _KEY_BYTES)


def _check_source(found: Violations, source: Source) -> None:
    check_text(found, "version.source.repository", source.repository, _VALUE_BYTES)
    _check_no_password(found, "version.source.repository", source.repository)
    found.check(
        "version.source.commit",
        not source.commit or _COMMIT.fullmatch(source.commit) is not None,
        "must be 40 or 64 lower-case hexadecimal characters",
    )
    check_text(found, "version.source.run_id", source.run_id, _SHORT_BYTES)
    check_text(found, "version.source.entry_point", source.entry_point, _VALUE_BYTES)


def _check_dataset(found: Violations, path: str, dataset: DatasetInput) -> None:
    found.check(f"{path}.uri", bool(dataset.uri), "is required")
    check_text(found, f"{path}.uri", dataset.uri, _VALUE_BYTES)
    _check_no_password(found, f"{path}.uri", dataset.uri)
    check_text(found, f"{path}.digest", dataset.digest, _SHORT_BYTES)
    found.check(
        f"{path}.digest",
        not dataset.digest or _DATASET_DIGEST.fullmatch(dataset.digest) is not None,
        "must look like sha256:<value>",
    )


def _check_slice(found: Violations, path: str, part: SliceMetric) -> None:
    for name, most in (("dimension", _KEY_BYTES), ("value", _SHORT_BYTES), ("metric", _KEY_BYTES)):
        text = getattr(part, name)
        found.check(f"{path}.{name}", bool(text), "is required")
        check_text(found, f"{path}.{name}", text, most)
    found.check(f"{path}.count", part.count >= 0, "must be at least 0")
    found.check(f"{path}.result", math.isfinite(part.result), "must be a finite number")
    if part.interval is not None:
        low, high, level = part.interval.low, part.interval.high, part.interval.level
        found.check(
            f"{path}.interval",
            math.isfinite(low) and math.isfinite(high) and low <= high,
            "low and high must be finite numbers, low not above high",
        )
        found.check(f"{path}.interval.level", 0 < level < 1, "must be between 0 and 1")


def _check_signature(found: Violations, signature: Signature) -> None:
    _check_tensors(found, "version.signature.inputs", signature.inputs)
    _check_tensors(found, "version.signature.outputs", signature.outputs)


def _check_tensors(found: Violations, field: str, tensors: Sequence[TensorSpec]) -> None:
    found.check(field, len(tensors) <= _MOST_TENSORS, f"at most {_MOST_TENSORS}")
    names = [tensor.name for tensor in tensors]
    found.check(field, len(set(names)) == len(names), "names must differ")
    for index, tensor in enumerate(tensors):
        path = f"{field}[{index}]"
        check_text(found, f"{path}.name", tensor.name, _SHORT_BYTES)
        found.check(f"{path}.dtype", bool(tensor.dtype), "is required")
        check_text(found, f"{path}.dtype", tensor.dtype, _KEY_BYTES)
        found.check(f"{path}.shape", len(tensor.shape) <= _MOST_AXES, f"at most {_MOST_AXES} axes")
        found.check(f"{path}.shape", all(n >= -1 for n in tensor.shape), "lengths are -1 or more")


def _check_key(found: Violations, path: str, key: str) -> None:
    found.check(path, bool(key), "a key may not be empty")
    check_text(found, path, key, _KEY_BYTES)


def _check_no_password(found: Violations, path: str, uri: str) -> None:
    # What is registered is kept for ever and shown to every reader.
    found.check(path, _URI_SECRET.search(uri) is None, "may not contain a user's password or token")
