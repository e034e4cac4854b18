"""From a source of MLflow to a folder with the bytes of a version."""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import mlflow.artifacts
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import PROMPT_TEXT_TAG_KEY
from mlflow.store.artifact.runs_artifact_repo import RunsArtifactRepository
from mlflow.store.artifact.utils.models import _parse_model_uri

from modelregistry._visible import visible

_PROMPT_FILE: Final = "prompt.txt"
_LOG: Final = logging.getLogger(__name__)
_ARTIFACTS_DESTINATION: Final = "_MLFLOW_SERVER_ARTIFACT_DESTINATION"
"""What `mlflow server` sets for its workers: the place where it keeps artifacts."""
_ARTIFACT_ROOT: Final = "_MLFLOW_SERVER_ARTIFACT_ROOT"
"""The other one: where new experiments keep theirs."""
_META: Final = "registered_model_meta"
"""What MLflow adds to a registered model when it downloads it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version comes from. uri: the address of the bytes. run_id: empty if unknown."""

    uri: str
    run_id: str = ""
    model_id: str = ""
    is_foreign: bool = False
    """Whether this is `mlflow server` and the bytes are not in its artifact storage."""


def resolve(source: str, model_id: str, run_id: str, tracking_uri: str | None) -> Origin:
    """Return where the bytes of a source lie, and the run that made them.

    `models:/m-…` is a model of the tracking server, which knows its place and its run. A source
    that the tracking server does not know stays as it is.

    Callers of `mlflow server` have not its rights: it reads no bytes for them from an address
    outside its artifact storage, except those of the run or the model that the version is of.
    """
    parsed = _model_id(source)
    model_id = model_id or parsed
    if not model_id:
        return _stated(source, run_id, "", tracking_uri)
    try:
        model = MlflowClient(tracking_uri).get_logged_model(model_id)
    except MlflowException as error:
        if parsed:
            message = (
                f"Unable to fetch model from model URI source artifact location '{source}'."
                f"Error: {error}"
            )
            raise MlflowException(message, _code(error)) from error
        return _stated(source, run_id, model_id, tracking_uri)
    run_id = run_id or model.source_run_id or ""
    if parsed or _is_within(source, model.artifact_location):
        place = model.artifact_location if parsed else source
        return Origin(_within_server(place), run_id, model_id)
    return _stated(source, run_id, model_id, tracking_uri)


def _stated(source: str, run_id: str, model_id: str, tracking_uri: str | None) -> Origin:
    """Return the origin of an address that the caller stated."""
    uri = _within_server(source)
    destination, root = os.environ.get(_ARTIFACTS_DESTINATION), os.environ.get(_ARTIFACT_ROOT, "")
    is_known = (
        not destination
        or uri != source
        or _local(uri) is not None  # MLflow's server has checked that it is of the run or model
        or _is_within(uri, destination)
        or _is_within(uri, root)
        or _is_within(uri, _artifacts_of(run_id, tracking_uri))
    )
    return Origin(uri, run_id, model_id, is_foreign=not is_known)


def is_misplaced(origin: Origin, source: str, tracking_uri: str) -> bool:
    """Return whether a remote tracking server names a folder of this machine that is not its own.

    Older servers register any path as a source. It is read if it is of the run or of a model.
    """
    local = _local(origin.uri)
    is_remote = urlsplit(tracking_uri).scheme in {"http", "https"}
    if local is None or not is_remote or _model_id(source):
        return False
    root = _local(_artifacts_of(origin.run_id, tracking_uri) or "none:")
    return root is None or not local.resolve().is_relative_to(root.resolve())


def _artifacts_of(run_id: str, tracking_uri: str | None) -> str:
    if not run_id:
        return ""
    try:
        return str(MlflowClient(tracking_uri).get_run(run_id).info.artifact_uri or "")
    except MlflowException:
        return ""


def _is_within(uri: str, root: str) -> bool:
    is_plain = ".." not in unquote(uri).split("/")
    return bool(root) and is_plain and f"{uri}/".startswith(f"{root.rstrip('/')}/")


def shown(uri: str) -> str:
    """Return an address for a log: without user, password and query, which may be secrets."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return visible(uri)
    return visible(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl())


@contextmanager
def folder(uri: str, tracking_uri: str | None) -> Iterator[Path | None]:
    """Read the bytes at an address into a folder, which is removed afterwards.

    An address on this machine is not copied. None, with a warning in the log, for one that cannot
    be read or has no bytes.
    """
    with tempfile.TemporaryDirectory(prefix="modelregistry-") as place:
        yield _read(uri, place, tracking_uri)


@contextmanager
def prompt_file(tags: Mapping[str, str]) -> Iterator[Path]:
    """Write the text of a prompt to a file: the bytes of its version."""
    with tempfile.TemporaryDirectory(prefix="modelregistry-") as folder:
        file = Path(folder) / _PROMPT_FILE
        file.write_text(tags.get(PROMPT_TEXT_TAG_KEY, ""), encoding="utf-8")
        yield file


def _read(uri: str, place: str, tracking_uri: str | None) -> Path | None:
    local = _local(uri)
    if local is not None:
        if local.is_file() or (local.is_dir() and _has_files(local)):
            return local
        _LOG.warning("There are no files at %s", shown(uri))
        return None
    try:
        found = mlflow.artifacts.download_artifacts(uri, dst_path=place, tracking_uri=tracking_uri)
    except Exception as error:  # noqa: BLE001 - of any storage that MLflow knows
        reason = visible(str(error).replace(uri, shown(uri)))
        _LOG.warning("The files at %s cannot be read: %s", shown(uri), reason)
        return None
    path = Path(found)
    if path.is_dir():
        (path / _META).unlink(missing_ok=True)
        if not _has_files(path):
            _LOG.warning("There are no files at %s", shown(uri))
            return None
    return path


def _local(uri: str) -> Path | None:
    """Return the path of an address on this machine, None for any other."""
    parsed = urlsplit(uri)
    if parsed.scheme == "file" and parsed.netloc in {"", "localhost"}:
        return Path(_unquoted(parsed.path))
    return Path(uri) if not parsed.scheme else None


def _unquoted(path: str) -> str:
    from urllib.request import url2pathname  # noqa: PLC0415 - heavy, and rare

    return url2pathname(path)


def _has_files(folder: Path) -> bool:
    return any(names for _, _, names in os.walk(folder))


def _model_id(source: str) -> str:
    if urlsplit(source).scheme != "models":
        return ""
    parsed = _parse_model_uri(source)
    return getattr(parsed, "model_id", None) or ""


def _within_server(uri: str) -> str:
    """Return the place of an artifact of this server; any other address unchanged.

    `mlflow server` proxies artifacts to its clients under `mlflow-artifacts:`. Within the server
    itself, the address stands for a path below its artifact destination.
    """
    destination = os.environ.get(_ARTIFACTS_DESTINATION)
    if not destination:
        return uri
    if RunsArtifactRepository.is_runs_uri(uri):
        uri = RunsArtifactRepository.get_underlying_uri(uri)
    parsed = urlsplit(uri)
    if parsed.scheme != "mlflow-artifacts":
        return uri
    parts = [part for part in parsed.path.split("/") if part]
    if ".." in parts:
        message = f"Invalid model version source: '{uri}'."
        raise MlflowException.invalid_parameter_value(message)
    return "/".join((destination.rstrip("/"), *parts))


def _code(error: MlflowException) -> int:
    from mlflow.protos.databricks_pb2 import ErrorCode  # noqa: PLC0415

    return int(ErrorCode.Value(error.error_code))
