"""Imports from other registries: what is asked of one, and what it reports."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class ImportStatus(IntEnum):
    """What an import did, or would do, with one version."""

    IMPORTED = 1
    """It was registered."""
    UPDATED = 2
    """An earlier run imported it; its aliases, stage, tags or description were updated."""
    UNCHANGED = 3
    """An earlier run imported it, and nothing has changed since."""
    DELETED = 4
    """An earlier run imported it, and it was deleted here; it is not imported again."""
    FAILED = 5
    """It was not imported; `problems` has the reason."""
    PLANNED = 6
    """It would be imported: the outcome of a dry run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What to import, and from where."""

    tracking_uri: str
    """The store of runs and artifacts."""
    registry_uri: str = ""
    """The registry of models; by default that of `tracking_uri`."""
    models: tuple[str, ...] = ()
    """The names of the models to import; by default all."""
    by_reference: bool = False
    """Register versions whose files cannot be read by reference, instead of failing."""
    skip_failed: bool = False
    """Leave out versions that fail, with their numbers. Otherwise the later versions of the model
    wait, so that each keeps its number."""
    artifact_roots: tuple[Path, ...] = ()
    """The folders of this machine below which files may be read if the other registry names them.
    Otherwise a hostile registry could name any file of the user."""
    dry_run: bool = False
    """Change nothing: report what would be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedVersion:
    """The outcome of the import of one version, or of a model as a whole."""

    model: str
    """The name of the model in the other registry."""
    number: int = 0
    """The number of the version in the other registry; 0 for the model itself."""
    ref: str = ""
    """The version, or the model, in this registry, such as `fraud/7`; empty if there is none."""
    status: ImportStatus
    problems: tuple[str, ...] = ()
    """What could not be imported, such as an alias; a version can be imported and have some."""
    notes: tuple[str, ...] = ()
    """What differs from the other registry, such as a version without files."""
