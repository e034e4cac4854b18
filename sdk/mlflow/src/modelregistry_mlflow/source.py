"""From a source of MLflow to a folder with the bytes of a version."""

import os
from collections.abc import Iterator, Mapping, Sequence
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

from modelregistry._credentials import redacted, without_credentials
from modelregistry._local.temporary import temporary_folder
from modelregistry._visible import visible
from modelregistry_mlflow import allowed_folders
from modelregistry_mlflow.run_addresses import addresses

_PROMPT_FILE: Final = "prompt.txt"
_STAND_FOR_OTHERS: Final = frozenset({"runs", "models"})
_ARTIFACTS_DESTINATION: Final = "_MLFLOW_SERVER_ARTIFACT_DESTINATION"
"""What `mlflow server` sets for its workers: the place where it keeps artifacts."""
_ARTIFACT_ROOT: Final = "_MLFLOW_SERVER_ARTIFACT_ROOT"
"""The other one: where new experiments keep theirs."""
_OF_SERVERS: Final = ("_MLFLOW_SERVER_FILE_STORE", _ARTIFACTS_DESTINATION, _ARTIFACT_ROOT)
"""Each is set in workers of `mlflow server` only."""
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


@dataclass(frozen=True, slots=True)
class Files:
    """The bytes of a version on this machine. path: None if they cannot be read, for `problem`."""

    path: Path | None
    problem: str = ""


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
                f"Error: {redacted(str(error))}"
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
    is_known = (
        not any(os.environ.get(each) for each in _OF_SERVERS)
        or uri != source
        # MLflow's server has checked that a folder of its machine is of the run or model.
        or allowed_folders.path_of(uri) is not None
        or _is_within(uri, os.environ.get(_ARTIFACTS_DESTINATION, ""))
        or _is_within(uri, os.environ.get(_ARTIFACT_ROOT, ""))
        or _is_within(uri, _artifacts_of(run_id, tracking_uri))
    )
    return Origin(uri, run_id, model_id, is_foreign=not is_known)


def is_named_by_server(origin: Origin, tracking_uri: str | None) -> bool:
    """Return whether a tracking server that is another party may have chosen the address."""
    is_of_server = bool(origin.run_id or origin.model_id)
    stands_for_another = urlsplit(origin.uri).scheme in _STAND_FOR_OTHERS
    return (is_of_server or stands_for_another) and allowed_folders.is_served(tracking_uri)


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
    return visible(without_credentials(uri))


@contextmanager
def folder(
    uri: str, tracking_uri: str | None, allowed: Sequence[Path] | None = None
) -> Iterator[Files]:
    """Read the bytes at an address into a folder, which is removed afterwards.

    An address on this machine is not copied; it is read if it lies below one of the `allowed`
    folders, None: anywhere.
    """
    with temporary_folder() as place:
        yield _read(uri, place, tracking_uri, allowed)


@contextmanager
def prompt_file(tags: Mapping[str, str]) -> Iterator[Path]:
    """Write the text of a prompt to a file: the bytes of its version."""
    with temporary_folder() as folder:
        file = folder / _PROMPT_FILE
        file.write_text(tags.get(PROMPT_TEXT_TAG_KEY, ""), encoding="utf-8")
        yield file


def _read(uri: str, place: Path, tracking_uri: str | None, allowed: Sequence[Path] | None) -> Files:
    found = Files(None)
    try:
        for number, each in enumerate(addresses(uri, tracking_uri)):
            found = _read_one(each, place / str(number), tracking_uri, allowed)
            if found.path is not None:
                break
    except Exception as error:  # noqa: BLE001 - of any storage that MLflow knows
        return Files(None, visible(redacted(str(error))))
    return found


def _read_one(
    uri: str, place: Path, tracking_uri: str | None, allowed: Sequence[Path] | None
) -> Files:
    path = allowed_folders.path_of(uri)
    if path is not None:
        if allowed is not None and not allowed_folders.is_below(path, allowed):
            return Files(
                None, f"{visible(str(path))} is a folder of this machine that is not allowed"
            )
    elif urlsplit(uri).scheme in _STAND_FOR_OTHERS:
        return Files(None, f"{shown(uri)} stands for another address")
    else:
        found = mlflow.artifacts.download_artifacts(
            uri, dst_path=str(place), tracking_uri=tracking_uri
        )
        path = Path(found)
        if path.is_dir():
            (path / _META).unlink(missing_ok=True)
    if path.is_file() or (path.is_dir() and _has_files(path)):
        return Files(path)
    return Files(None, f"there are no files at {shown(uri)}")


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
