"""Differences between two versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

DiffSection: TypeAlias = Literal[
    "identity",
    "metrics",
    "slices",
    "params",
    "inputs",
    "parents",
    "source",
    "environment",
    "packages",
    "files",
    "signature",
    "tags",
    "labels",
    "annotations",
]
DIFF_SECTIONS: Final[Sequence[DiffSection]] = get_args(DiffSection)
"""The sections in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A fact that differs. before and after: None where a version does not have it.

    section and key: such as `metrics` and `auc`, `slices` and `auc age=60-69`, `packages` and
    `numpy`, `files` and a path, `inputs` and `trained on gs://claims/q3`.
    """

    section: DiffSection
    key: str
    before: str | float | None
    after: str | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """The differences between two versions, by section and key."""

    before: str
    """The full name of a version."""
    after: str
    """The full name of the version that it is compared with."""
    differences: tuple[Difference, ...] = ()
    files_compared: bool = True
    """Whether files are compared: not if the registry does not serve those of one version."""
