"""Folders of this machine from which files are read that another party names.

A tracking server tells where the artifacts of a run are. If it names a folder of this machine, it
could name any, such as that of the user's keys, and its files would be sent to the registry. So
these are read only below folders that the user has allowed.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import mlflow
from mlflow.exceptions import MlflowException

VARIABLE: Final = "MODELREG_ARTIFACT_ROOTS"
_OWN_STORES: Final = frozenset({"", "file", "sqlite", "postgresql", "mysql", "mssql"})
"""Schemes of tracking stores that this process reads itself, without a server."""


def from_environment() -> tuple[Path, ...]:
    """Return the folders of MODELREG_ARTIFACT_ROOTS, separated as those of PATH.

    Raises MlflowException (INVALID_PARAMETER_VALUE) for one that is not absolute.
    """
    given = [Path(each) for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    for folder in given:
        if not folder.is_absolute():
            message = f"{VARIABLE} has {str(folder)!r}, which is no absolute path"
            raise MlflowException.invalid_parameter_value(message)
    return tuple(given)


def is_served(tracking_uri: str | None) -> bool:
    """Return whether a tracking URI is that of a server: of another party."""
    scheme = urlsplit(tracking_uri or mlflow.get_tracking_uri()).scheme
    return scheme.partition("+")[0] not in _OWN_STORES


def path_of(uri: str) -> Path | None:
    """Return the path of an address on this machine, None for any other.

    MLflow reads `file://HOST/PATH` on this machine too, whatever the host is.
    """
    parsed = urlsplit(uri)
    if parsed.scheme == "file":
        return Path(_unquoted(parsed.path))
    return Path(uri) if not parsed.scheme else None


def is_below(path: Path, folders: Sequence[Path]) -> bool:
    """Return whether a path is one of these folders or in one, with all links resolved."""
    place = path.resolve()
    return any(place.is_relative_to(folder.resolve()) for folder in folders)


def _unquoted(path: str) -> str:
    from urllib.request import url2pathname  # noqa: PLC0415 - heavy, and rare

    return url2pathname(path)
