# Generated from _async/push.py by scripts/generate_sync.py: never edit this.
"""Push: a file or folder becomes a registered version."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypedDict, Unpack, cast

from modelregistry._convert.arguments import Violations
from modelregistry._convert.limits import Limits, limits_from_message
from modelregistry._convert.registration import (
    MAX_BYTES,
    UNHASHED,
    check_from_message,
    require_size,
)
from modelregistry._convert.writing import invalid
from modelregistry._local.files import HashedFile, LocalFile, hash_file, scan
from modelregistry._local.hash_cache import HashCache
from modelregistry._local.provenance import capture_environment, capture_source
from modelregistry._local.upload_journal import UploadJournal
from modelregistry._sync.concurrency import Scope, run_blocking
from modelregistry._sync.registrations import RegistrationMethods
from modelregistry._sync.sending import Sender
from modelregistry.drift.files import profile_files
from modelregistry.errors import (
    CommitUnknown,
    InvalidRequest,
    LimitExceeded,
    NotImplementedYet,
    Unavailable,
)
from modelregistry.progress import Progress, default_progress
from modelregistry.types import (
    DatasetInput,
    Ensemble,
    Environment,
    Model,
    PushCheck,
    Signature,
    SliceMetric,
    Source,
    Version,
    VersionRecord,
)
from modelregistry.types.version import Scalar
from modelregistry.v1 import artifact_service_pb2 as pb
from modelregistry.v1.catalog_service_pb2 import CheckRegistrationResponse, RegisterVersionRequest

_READERS: Final = 2


class PushFacts(TypedDict, total=False):
    """The arguments of `push` that the version consists of, beside its model and its files."""

    alias: str
    metrics: Mapping[str, float] | None
    slices: Iterable[SliceMetric]
    tags: Mapping[str, Scalar] | None
    labels: Mapping[str, Scalar] | None
    params: Mapping[str, Scalar] | None
    inputs: Iterable[DatasetInput]
    parents: Iterable[str | Version]
    signature: Signature | None
    ensemble: Ensemble | None
    profile: object
    description: str
    annotations: Mapping[str, Scalar] | None
    environment: Environment | Literal["auto"] | None
    source: Source | Literal["auto"] | None
    create_model: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A push that passed its check. request: without digests. known: hashed files by name."""

    request: RegisterVersionRequest
    files: list[LocalFile]
    known: Mapping[str, HashedFile]
    limits: Limits


class PushMethods(RegistrationMethods):
    """Push."""

    def push(  # noqa: PLR0913 - each is a fact that people set by name
        self,
        model: str | Model,
        path: str | Path | None = None,
        *,
        alias: str = "",
        metrics: Mapping[str, float] | None = None,
        slices: Iterable[SliceMetric] = (),
        tags: Mapping[str, Scalar] | None = None,
        labels: Mapping[str, Scalar] | None = None,
        params: Mapping[str, Scalar] | None = None,
        inputs: Iterable[DatasetInput] = (),
        parents: Iterable[str | Version] = (),
        signature: Signature | None = None,
        ensemble: Ensemble | None = None,
        profile: object = None,
        description: str = "",
        annotations: Mapping[str, Scalar] | None = None,
        environment: Environment | Literal["auto"] | None = "auto",
        source: Source | Literal["auto"] | None = "auto",
        create_model: bool = True,
        progress: Progress | None = None,
        request_id: str = "",
    ) -> Version:
        """Register the file or folder at `path` as the next version of a model.

        The version has all files, hidden ones too, under their relative paths in Unicode form NFC;
        a single file has its own name. Symbolic links to files and folders inside the folder are
        followed. It sends only bytes that the namespace lacks. The version and the alias appear
        together at the end, or not at all. A push that failed, or whose process died, resumes from
        the bytes that the registry had made durable. A file is hashed once, while its path, size,
        times and inode stay the same.

        Everything is checked before any byte is sent, here and by the registry: names, paths,
        values, parents, the alias, the registration schema (unless an argument is wrong here). An
        error lists all problems, in `violations` by argument, such as `params["lr"]`, or by the
        path of the file.

        `params`, `tags`, `labels` and `annotations` are texts; bools and numbers are written as in
        JSON (`true`, `0.1`, `1e-05`). `metrics` are numbers; an integer must be one that a double
        holds.

        With `ensemble` the version has other versions as members, each pinned to what its reference
        resolves to now; then `path` may be None, for an ensemble without files of its own.

        `profile` is a table, such as a data frame of the training data, or a `drift.Profile`: the
        version gets the file `PROFILE.json`, with which `modelreg drift` and
        `modelregistry.drift.compare` find how far the data of today is from it. The profile has
        quantiles, categories and a sample of the values, which everyone who can pull the version
        can read; the rows of the table are not stored.

        `environment="auto"` records this process's Python, platform and installed packages,
        `source="auto"` the git commit of the working directory with its dirty flag and remote; None
        records nothing.

        Raises FileChanged when a file changes meanwhile, LimitExceeded for files that are too large
        or too many, or have too long paths together, the errors of `register` and of
        `drift.profile`, Unavailable when a broken upload cannot be resumed, and OSError for files
        that cannot be read.
        """
        with ExitStack() as stack:
            prepared = self._prepared(
                model,
                path,
                run_blocking(profile_files, profile, stack),
                alias=alias,
                metrics=metrics,
                slices=slices,
                tags=tags,
                labels=labels,
                params=params,
                inputs=inputs,
                parents=parents,
                signature=signature,
                ensemble=ensemble,
                description=description,
                annotations=annotations,
                environment=environment,
                source=source,
                create_model=create_model,
                request_id=request_id,
            )
            hashed = self._send(prepared, progress or default_progress())
        request, entries = prepared.request, [item.entry() for item in hashed]
        for file, entry in zip(request.files, entries, strict=True):
            file.digest = entry.digest
        return self._register(request, entries)

    def register_reference(
        self,
        model: str | Model,
        uri: str,
        *,
        request_id: str = "",
        **facts: Unpack[PushFacts],
    ) -> Version:
        """Register a version by reference: its bytes stay at `uri`, the registry stores none.

        The other arguments are those of `push`. Nothing keeps the bytes at the address from
        changing, and a pull of the version raises BytesNotStored. Raises the errors of `register`.
        """
        if facts.get("profile") is not None:
            raise invalid("profile", "is a file, and a version by reference has none here")
        record = _record(facts)
        source = replace(record.source or Source(), uri=uri)
        return self.register(
            model,
            (),
            replace(record, source=source, by_reference=True),
            alias=facts.get("alias", ""),
            create_model=facts.get("create_model", True),
            request_id=request_id,
        )

    def check_push(
        self, model: str | Model, path: str | Path | None = None, **facts: Unpack[PushFacts]
    ) -> PushCheck:
        """Return what `push` with the same arguments would register and send; send nothing.

        The files are hashed on this machine. Raises what `push` would raise before it sends
        anything.
        """
        with ExitStack() as stack:
            added = run_blocking(profile_files, facts.get("profile"), stack)
            prepared = self._prepared(model, path, added, **facts)
            return self._would_send(prepared)

    def _would_send(self, prepared: Prepared) -> PushCheck:
        known = self._hashed(prepared.files, prepared.known)
        for file, local in zip(prepared.request.files, prepared.files, strict=True):
            file.digest = known[local.name].digest
        missing = check_from_message(self._check(prepared.request)).missing
        return PushCheck(
            model=prepared.request.parent,
            file_count=len(prepared.files),
            size_bytes=sum(file.size for file in prepared.files),
            missing_count=len(missing),
            missing_bytes=sum(missing.values()),
        )

    def _prepared(
        self,
        model: str | Model,
        path: str | Path | None,
        added: Sequence[LocalFile] = (),
        *,
        request_id: str = "",
        **facts: Unpack[PushFacts],
    ) -> Prepared:
        """Collect and check all facts, here and at the registry, before anything is sent.

        added: files that the version has beside those at `path`.
        """
        found = Violations()
        files: list[LocalFile] = []
        if path is not None:
            try:
                files = run_blocking(scan, path)
            except InvalidRequest as error:
                found.collect(error)
        elif facts.get("ensemble") is None:
            found.add("path", "is required, unless the version is an ensemble")
        files = _joined(found, files, added)
        request = self._written(
            found,
            model,
            [file.entry(UNHASHED) for file in files],
            _record(facts),
            alias=facts.get("alias", ""),
            create_model=facts.get("create_model", True),
            request_id=request_id,
        )
        if (wrong := found.error()) is not None:
            raise self._all_violations(request, wrong)
        require_size(request)
        hashes = HashCache(self._connection.settings.cache.folder)
        known: Mapping[str, HashedFile] = run_blocking(hashes.find, files)
        checked = self._checked(request)
        if checked.needs_digests:
            known = self._hashed(files, known)
            for file, local in zip(request.files, files, strict=True):
                file.digest = known[local.name].digest
            checked = self._checked(request)
        limits = limits_from_message(checked.limits)
        _require_limits(limits, files)
        require_size(request, limits.max_registration_bytes or MAX_BYTES)
        return Prepared(request, files, known, limits)

    def _checked(self, request: RegisterVersionRequest) -> CheckRegistrationResponse:
        try:
            return self._check(request)
        except NotImplementedYet:
            # A registry of an earlier release: it checks when the bytes are there.
            stubs = self._connection.stubs
            namespace = request.parent.partition("/models/")[0]
            asked = pb.GetTransferLimitsRequest(parent=namespace)
            limits = self._connection.unary(stubs.artifacts.GetTransferLimits, asked)
            return CheckRegistrationResponse(limits=limits)

    def _send(self, prepared: Prepared, progress: Progress) -> list[HashedFile]:
        namespace, _, title = prepared.request.parent.partition("/models/")
        files, known = prepared.files, prepared.known
        settings = self._connection.settings
        uploads = UploadJournal(settings.cache.folder, settings.target, namespace)
        run_blocking(uploads.prune)
        begun_ns = time.time_ns()
        total = sum(file.size for file in files)
        progress.begin(f"push {title}", total_bytes=total, total_files=len(files))
        try:
            sender = Sender(self._connection, namespace, prepared.limits, progress, uploads)
            hashed = _sent(sender, files, known)
            # A version must not mix the files of two states of the folder.
            run_blocking(_check_unchanged, files)
            self._remember([item for item in hashed if item.file.name not in known], begun_ns)
        finally:
            progress.end()
        return hashed

    def _hashed(
        self, files: Sequence[LocalFile], known: Mapping[str, HashedFile]
    ) -> Mapping[str, HashedFile]:
        """Return all files hashed, by name; the cache remembers those that were not known."""

        def hashed(file: LocalFile) -> HashedFile:
            return run_blocking(hash_file, file)

        begun_ns = time.time_ns()
        unknown = [file for file in files if file.name not in known]
        fresh = Scope(_READERS).map(hashed, unknown)
        self._remember(fresh, begun_ns)
        return {**known, **{item.file.name: item for item in fresh}}

    def _remember(self, fresh: list[HashedFile], begun_ns: int) -> None:
        hashes = HashCache(self._connection.settings.cache.folder)
        run_blocking(partial(hashes.record, fresh, begun_ns=begun_ns))


def _joined(
    found: Violations, files: list[LocalFile], added: Sequence[LocalFile]
) -> list[LocalFile]:
    names = {file.name for file in files}
    for file in added:
        if file.name in names:
            found.add("profile", f"the folder has a file {file.name} already")
    return sorted([*files, *added], key=lambda file: file.name.encode())


def _require_limits(limits: Limits, files: Sequence[LocalFile]) -> None:
    if limits.max_files and len(files) > limits.max_files:
        raise _exceeded("files in a version", limits.max_files, len(files))
    for file in files:
        if limits.max_blob_bytes and file.size > limits.max_blob_bytes:
            limit = f"bytes of {file.path}"
            raise _exceeded(limit, limits.max_blob_bytes, file.size)


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


def _record(facts: PushFacts) -> VersionRecord:
    # Values of wrong types are found later, with all other violations.
    return VersionRecord(
        description=facts.get("description", ""),
        tags=facts.get("tags") or {},
        labels=facts.get("labels") or {},
        metrics=facts.get("metrics") or {},
        params=facts.get("params") or {},
        slices=cast("tuple[SliceMetric, ...]", facts.get("slices", ())),
        inputs=cast("tuple[DatasetInput, ...]", facts.get("inputs", ())),
        parents=cast("tuple[str, ...]", facts.get("parents", ())),
        signature=facts.get("signature"),
        ensemble=facts.get("ensemble"),
        environment=_environment(facts.get("environment", "auto")),
        source=_source(facts.get("source", "auto")),
        annotations=facts.get("annotations") or {},
    )


def _environment(given: Environment | Literal["auto"] | None) -> Environment | None:
    return run_blocking(capture_environment) if given == "auto" else given


def _source(given: Source | Literal["auto"] | None) -> Source | None:
    return run_blocking(capture_source, Path()) if given == "auto" else given
