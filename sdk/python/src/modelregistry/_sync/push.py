# Generated from _async/push.py by scripts/generate_sync.py: never edit this.
"""Push: a file or folder becomes a registered version."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from modelregistry._convert.limits import Limits, limits_from_message
from modelregistry._local.files import HashedFile, LocalFile, scan
from modelregistry._local.hash_cache import HashCache
from modelregistry._local.provenance import capture_environment, capture_source
from modelregistry._local.upload_journal import UploadJournal
from modelregistry._sync.concurrency import run_blocking
from modelregistry._sync.sending import Sender
from modelregistry._sync.versions import VersionMethods
from modelregistry.errors import CommitUnknown, LimitExceeded, Unavailable
from modelregistry.progress import Progress, default_progress
from modelregistry.types import (
    DatasetInput,
    Environment,
    Model,
    Signature,
    SliceMetric,
    Source,
    Version,
    VersionRecord,
)
from modelregistry.v1 import artifact_service_pb2 as pb


class PushMethods(VersionMethods):
    """Push."""

    def push(  # noqa: PLR0913 - each is a fact that people set by name
        self,
        model: str | Model,
        path: str | Path,
        *,
        alias: str = "",
        metrics: Mapping[str, float] | None = None,
        slices: Iterable[SliceMetric] = (),
        tags: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        inputs: Iterable[DatasetInput] = (),
        parents: Iterable[str | Version] = (),
        signature: Signature | None = None,
        description: str = "",
        environment: Environment | Literal["auto"] | None = "auto",
        source: Source | Literal["auto"] | None = "auto",
        create_model: bool = True,
        progress: Progress | None = None,
        request_id: str = "",
    ) -> Version:
        """Register the file or folder at `path` as the next version of a model.

        The version has all files, hidden ones too, under their relative paths in Unicode form NFC;
        a single file has its own name. Symbolic links to files and folders inside the folder are
        followed. For other links, and for names that the registry does not allow, it raises
        InvalidRequest with all violations before it sends anything. It sends only bytes that the
        namespace lacks. The version and the alias appear together at the end, or not at all. A push
        that failed, or whose process died, resumes from the bytes that the registry had made
        durable. A file is hashed once, while its path, size, times and inode stay the same.

        `environment="auto"` records this process's Python, platform and installed packages,
        `source="auto"` the git commit of the working directory with its dirty flag and remote; None
        records nothing.

        Raises FileChanged when a file changes meanwhile, LimitExceeded for files that are too large
        or too many, the errors of `register`, Unavailable when a broken upload cannot be resumed,
        and OSError for files that cannot be read.
        """
        files = run_blocking(scan, Path(path))
        limits = self._limits(self._model(model).partition("/models/")[0], files)
        record = VersionRecord(
            description=description,
            tags=tags or {},
            labels=labels or {},
            metrics=metrics or {},
            params=params or {},
            slices=tuple(slices),
            inputs=tuple(inputs),
            parents=tuple(self._ref(parent) for parent in parents),
            signature=signature,
            environment=_environment(environment),
            source=_source(source),
        )
        hashed = self._send(model, files, limits, progress or default_progress())
        entries = [item.entry() for item in hashed]
        return self.register(
            model, entries, record, alias=alias, create_model=create_model, request_id=request_id
        )

    def _send(
        self, model: str | Model, files: list[LocalFile], limits: Limits, progress: Progress
    ) -> list[HashedFile]:
        name = self._model(model)
        namespace, _, title = name.partition("/models/")
        settings = self._connection.settings
        uploads = UploadJournal(settings.cache.folder, settings.target, namespace)
        run_blocking(uploads.prune)
        hashes, begun_ns = HashCache(settings.cache.folder), time.time_ns()
        total = sum(file.size for file in files)
        progress.begin(f"push {title}", total_bytes=total, total_files=len(files))
        try:
            known = run_blocking(hashes.find, files)
            sender = Sender(self._connection, namespace, limits, progress, uploads)
            hashed = _sent(sender, files, known)
            # A version must not mix the files of two states of the folder.
            run_blocking(_check_unchanged, files)
            fresh = [item for item in hashed if item.file.name not in known]
            run_blocking(partial(hashes.record, fresh, begun_ns=begun_ns))
        finally:
            progress.end()
        return hashed

    def _limits(self, namespace: str, files: Sequence[LocalFile]) -> Limits:
        stubs = self._connection.stubs
        request = pb.GetTransferLimitsRequest(parent=namespace)
        reply = self._connection.unary(stubs.artifacts.GetTransferLimits, request)
        limits = limits_from_message(reply)
        if limits.max_files and len(files) > limits.max_files:
            raise _exceeded("files in a version", limits.max_files, len(files))
        for file in files:
            if limits.max_blob_bytes and file.size > limits.max_blob_bytes:
                limit = f"bytes of {file.path}"
                raise _exceeded(limit, limits.max_blob_bytes, file.size)
        return limits


def _exceeded(limit: str, allowed: int, given: int) -> LimitExceeded:
    message = f"{limit}: {given} exceeds the limit of {allowed}; nothing was sent"
    metadata = {"limit": limit, "allowed": str(allowed), "given": str(given)}
    return LimitExceeded(message, metadata=metadata)


def _check_unchanged(files: Iterable[LocalFile]) -> None:
    for file in files:
        file.check_unchanged()


def _sent(
    sender: Sender, files: list[LocalFile], known: Mapping[str, HashedFile]
) -> list[HashedFile]:
    try:
        return sender.send(files, known)
    except CommitUnknown as error:
        # It concerns bytes only: nothing is registered, and the next push sends the missing ones.
        message = f"nothing was registered: {error.message}"
        raise Unavailable(message, request_id=error.request_id) from error


def _environment(given: Environment | Literal["auto"] | None) -> Environment | None:
    return run_blocking(capture_environment) if given == "auto" else given


def _source(given: Source | Literal["auto"] | None) -> Source | None:
    return run_blocking(capture_source, Path.cwd()) if given == "auto" else given
