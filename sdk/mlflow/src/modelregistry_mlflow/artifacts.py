"""The files of a version as artifacts: the entry point `mlflow.artifact_repository`."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import mlflow
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
)
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.utils.file_utils import create_tmp_dir
from typing_extensions import override

from modelregistry import Client
from modelregistry.progress import Quiet
from modelregistry.types import FileEntry
from modelregistry_mlflow.connection import client, has_token
from modelregistry_mlflow.errors import translated
from modelregistry_mlflow.uri import (
    SCHEMES,
    RegistryUri,
    parse_files,
    parse_registry,
)

_STAGING: Final = ".modelregistry-"


@dataclass(frozen=True, slots=True)
class _Place:
    """A path in a version."""

    number: int
    path: str


class VersionArtifacts(ArtifactRepository):
    """The files of one version: they can be listed and read, and nothing can change them.

    Downloads are copies in a folder of the caller, who may write to them. Each byte is checked
    against the version's digests.
    """

    def __init__(self, artifact_uri: str, *args: Any, **kwargs: Any) -> None:
        # The arguments grew from release to release: tracking_uri in 3.1, registry_uri in 3.5.
        super().__init__(artifact_uri, *args, **kwargs)
        self._root = parse_files(artifact_uri)
        _checked(self._root.path)
        _check_token_may_go(self._root.registry, kwargs.get("registry_uri"))
        self._listed: dict[int, Sequence[FileEntry]] = {}

    @property
    def _registry(self) -> Client:
        with translated():
            return client(self._root.registry)

    @override
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List the files and folders directly in a folder, by path; of a file nothing."""
        shown = f"{_checked(path)}/" if path and _checked(path) else ""
        place = self._place(shown)
        prefix = f"{place.path}/" if place.path else ""
        found: dict[str, FileInfo] = {}
        for entry in self._files(place.number):
            if not entry.path.startswith(prefix):
                continue
            name, slash, _ = entry.path[len(prefix) :].partition("/")
            size = None if slash else entry.size_bytes
            found.setdefault(f"{shown}{name}", FileInfo(f"{shown}{name}", bool(slash), size))
        return [found[each] for each in sorted(found)]

    @override
    def download_artifacts(self, artifact_path: str | None, dst_path: str | None = None) -> str:
        """Write a file, a folder or the whole version to a folder; return its path there.

        `dst_path` must exist; without it a new folder is made, which the caller removes.
        """
        path = _checked(artifact_path or "")
        place = self._place(path)
        target = Path(_existing(dst_path) if dst_path else create_tmp_dir())
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=target) as staging:
            out = Path(staging, "files", path)
            out.parent.mkdir(parents=True, exist_ok=True)
            with translated(name=self._root.model, version=place.number):
                if place.path:
                    self._fetch(place, out)
                else:
                    self._registry.pull(self._version(place.number), out, progress=Quiet())
            _merge(Path(staging, "files"), target)
        return str(target / path) if path else str(target)

    @override
    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        """Write one file."""
        place = self._place(remote_file_path)
        entry = next((each for each in self._files(place.number) if each.path == place.path), None)
        if entry is None:
            raise self._no_such(remote_file_path)
        with translated(name=self._root.model, version=place.number):
            self._write(entry, Path(local_path))

    @override
    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> NoReturn:
        """Raise PERMISSION_DENIED: a version never changes."""
        raise self._immutable()

    @override
    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> NoReturn:
        """Raise PERMISSION_DENIED: a version never changes."""
        raise self._immutable()

    @override
    def delete_artifacts(self, artifact_path: str | None = None) -> NoReturn:
        """Raise PERMISSION_DENIED: a version never changes."""
        raise self._immutable()

    def _place(self, path: str) -> _Place:
        """Return what a path below this address is; MlflowException for one of no version."""
        joined = "/".join(part for part in (self._root.path, _checked(path)) if part)
        number, _, inner = joined.partition("/")
        if not (number.isascii() and number.isdigit()):
            raise self._no_such(path)
        return _Place(int(number), inner)

    def _version(self, number: int) -> str:
        root = self._root
        return f"namespaces/{root.registry.namespace}/models/{root.model}/versions/{number}"

    def _files(self, number: int) -> Sequence[FileEntry]:
        """Return the files of a version, which are read once: they never change."""
        if number not in self._listed:
            with translated(name=self._root.model, version=number):
                listed = self._registry.list_files(self._version(number))
                self._listed[number] = tuple(listed)
        return self._listed[number]

    def _fetch(self, place: _Place, out: Path) -> None:
        """Write a file to `out`, or the files of a folder into it."""
        files = self._files(place.number)
        wanted = [each for each in files if f"{each.path}/".startswith(f"{place.path}/")]
        if not wanted:
            raise self._no_such(place.path)
        for entry in wanted:
            self._write(entry, Path(out, entry.path[len(place.path) + 1 :]))

    def _write(self, entry: FileEntry, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        namespace = self._root.registry.namespace
        with file.open("wb") as out:
            if entry.size_bytes:
                for data in self._registry.read_blob(entry.digest, namespace=namespace):
                    out.write(data)

    def _no_such(self, path: str) -> MlflowException:
        return MlflowException(
            f"No such artifact: '{path}' in {self.artifact_uri}", RESOURCE_DOES_NOT_EXIST
        )

    def _immutable(self) -> MlflowException:
        return MlflowException(
            f"The files of {self.artifact_uri} cannot be changed: a version is immutable. Register "
            "the changed files as a new version, with mlflow.register_model.",
            PERMISSION_DENIED,
        )


def _checked(path: str) -> str:
    """Return a path within a version, without slashes at the end; MlflowException for others."""
    parts = path.rstrip("/").split("/") if path.rstrip("/") else []
    if path.startswith("/") or "\\" in path or any(part in {"", ".", ".."} for part in parts):
        message = f"Invalid artifact path: '{path}'"
        raise MlflowException(message, INVALID_PARAMETER_VALUE)
    return "/".join(parts)


def _existing(folder: str) -> str:
    path = os.path.abspath(folder)  # noqa: PTH100 - `resolve` would follow links in what MLflow returns
    if not os.path.exists(path):  # noqa: PTH110
        message = (
            "The destination path for downloaded artifacts does not exist! "
            f"Destination path: {path}"
        )
        raise MlflowException(message, RESOURCE_DOES_NOT_EXIST)
    if not os.path.isdir(path):  # noqa: PTH112
        message = (
            "The destination path for downloaded artifacts must be a directory! "
            f"Destination path: {path}"
        )
        raise MlflowException(message, INVALID_PARAMETER_VALUE)
    return path


def _merge(source: Path, target: Path) -> None:
    """Move files into a folder, beside the other files there. A link to a folder is replaced."""
    for folder, _, names in os.walk(source):
        place = target / Path(folder).relative_to(source)
        if place != target and place.is_symlink():
            place.unlink()
        place.mkdir(exist_ok=True)
        for name in names:
            if (place / name).is_dir() and not (place / name).is_symlink():
                shutil.rmtree(place / name)
            (Path(folder) / name).replace(place / name)


def _check_token_may_go(uri: RegistryUri, registry_uri: str | None) -> None:
    """Raise PERMISSION_DENIED before a token is sent where the configuration does not send it.

    The address of a version can come from anywhere, such as the source of another version: neither
    its host nor its options (`plaintext`, `token_in_plaintext`) are trusted.
    """
    if not has_token():
        return
    known = [
        parse_registry(each)
        for each in (registry_uri, mlflow.get_registry_uri())
        if each and each.partition(":")[0] in SCHEMES
    ]
    if not uri.token_in_plaintext and uri.target == os.environ.get("MODELREG_SERVER"):
        return
    if any(_protects(each, uri) for each in known):
        return
    if any(each.target == uri.target for each in known):
        message = (
            f"The address of the version asks for another protection of the connection to "
            f"{uri.target} than the configured registry URI, so the access token is not sent"
        )
    else:
        message = (
            f"The registry at {uri.target} is not the configured one, so the access token is not "
            "sent to it. To trust it, set MODELREG_SERVER to this address"
        )
    raise MlflowException(message, PERMISSION_DENIED)


def _protects(known: RegistryUri, uri: RegistryUri) -> bool:
    """Return whether a connection to `uri` protects the token as one to `known` does."""
    return (
        (known.target, known.tls) == (uri.target, uri.tls)
        and uri.plaintext <= known.plaintext
        and uri.token_in_plaintext <= known.token_in_plaintext
    )
