"""Models of scikit-learn from the registry: loaded from folders whose bytes were verified."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib

RETRY_S = 2.0

log = logging.getLogger("serving")


@dataclass(frozen=True)
class Loaded:
    """A version, ready to predict."""

    ref: str
    """Such as `fraud/7`."""
    model: Any


@dataclass(frozen=True)
class Choice:
    """The model that answers a request, and what the answer states of it beside the version."""

    loaded: Loaded
    facts: dict[str, object]
    shadows: tuple[tuple[str, Loaded], ...] = ()
    """The ids of arms that get a copy of the request, with their models."""


class NotLoadedError(Exception):
    """A model that is to answer could not be loaded: its version, and why."""


def load(ref: str, folder: Path) -> Loaded:
    """Load `model.joblib` of a folder, and predict once."""
    # Unpickling runs the code in the file. That is acceptable for a model from a trusted registry,
    # whose tokens control pushes, and whose bytes were just verified against the digests of the
    # version. For models from untrusted sources it is not.
    model = joblib.load(folder / "model.joblib")
    model.predict([[0.0] * model.n_features_in_])  # the first one is slow, or fails
    log.info("%s is loaded", ref)
    return Loaded(ref, model)


def root_digest(folder: Path) -> str:
    """Return the `root_digest` that a version with the files of a folder has."""
    lines = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for name in sorted((name for name in files if files[name].is_file()), key=str.encode):
        with files[name].open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.update(f"{digest} {file.tell()} {name}\n".encode())
    return f"sha256:{lines.hexdigest()}"
