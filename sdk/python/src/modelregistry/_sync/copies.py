# Generated from _async/copies.py by scripts/generate_sync.py: never edit this.
"""Copies of versions: within a registry by the registry itself, into another one by the client."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Self

from modelregistry._convert import version as convert
from modelregistry._convert.limits import limits_from_message
from modelregistry._convert.registration import check_from_message
from modelregistry._convert.writing import build
from modelregistry._local.blob_cache import BlobCache
from modelregistry._local.files import scan
from modelregistry._local.temporary import temporary_folder
from modelregistry._sync.aliases import AliasMethods
from modelregistry._sync.concurrency import run_blocking
from modelregistry._sync.fetching import Fetcher
from modelregistry._sync.pull import PullMethods
from modelregistry._sync.push import Prepared, PushMethods
from modelregistry._wire.call import new_id
from modelregistry.errors import (
    MemberNotCopied,
    MemberUnusable,
    ModelNotFound,
    NotFound,
    PermissionDenied,
    VersionDeleted,
    VersionRevoked,
    VersionYanked,
)
from modelregistry.names import model_name, namespace_name, segment
from modelregistry.progress import Progress, default_progress
from modelregistry.types import (
    CopyCheck,
    Ensemble,
    FileEntry,
    Model,
    Version,
    VersionOrigin,
    VersionRecord,
    VersionState,
)
from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1.catalog_service_pb2 import RegisterVersionRequest

_UNFIT: Final = {
    VersionState.DELETED: VersionDeleted,
    VersionState.YANKED: VersionYanked,
    VersionState.REVOKED: VersionRevoked,
}
_USABLE: Final = frozenset({VersionState.ACTIVE, VersionState.DEPRECATED})


def _require_unblocked(version: Version) -> None:
    status = version.ensemble_status
    if status is None or not status.blocked or status.unusable_member is None:
        return
    member = status.unusable_member
    message = f"{version.ref} cannot be copied: its member {member.role} may not be used"
    metadata = {"resource": version.name, "role": member.role, "member": member.version}
    raise MemberUnusable(message, metadata=metadata)


def _age(version: Version) -> tuple[float, int]:
    made = version.create_time
    return 0.0 if made is None else made.timestamp(), version.number


@dataclass(frozen=True, slots=True)
class _Planned:
    """A copy into another registry. files: of the source, verified. existing: of an earlier run."""

    source: Version
    files: Sequence[FileEntry]
    request: RegisterVersionRequest
    existing: Version | None


class CopyMethods(AliasMethods, PushMethods, PullMethods):
    """Copies."""

    def copy_version(
        self,
        source: str | Version,
        model: str | Model,
        *,
        to: Self | None = None,
        alias: str = "",
        alias_etag: str = "",
        create_model: bool = True,
        progress: Progress | None = None,
        request_id: str = "",
    ) -> Version:
        """Register a copy of a version in a model, also of another namespace or registry.

        The copy has the files, all facts and the labels of the source, and `copied_from` states the
        source. Stage, state, aliases, evaluations and approvals are not copied. Needs READ on the
        source and WRITE on the model.

        In the same registry no bytes are sent, and the source is the only parent of the copy.

        `to` is a client of another registry, to which `model` belongs. The bytes that it lacks are
        downloaded, verified and sent; both transfers resume after an interruption, downloads with
        the local cache. If the model has a usable version already with the root digest of the
        source and its `uid` in `copied_from`, that version is returned: nothing is sent or
        registered, and `alias` is pointed at it unless it is there. `progress` sees two transfers,
        one after the other. The parents of the copy are the usable copies that the parents of the
        source have there, in `model` or for parents of other models in models of their ids; parents
        without one are left out.

        An ensemble is copied with the copies of its members in the namespace of `model`: raises
        MemberNotCopied if a member has none that is usable. These are the newest ones in any model
        of the namespace.

        Raises the errors of `register` and of `get_version`, VersionDeleted, VersionYanked,
        VersionRevoked or MemberUnusable for the source, QuotaExceeded, and ContentMismatch when a
        registry sends other bytes than it has registered.

        The result for a record of more than 3 MiB lacks its larger facts: `get_version` has them.
        """
        if to is None:
            request = build(
                pb.CopyVersionRequest,
                parent=self._model(model),
                source=self._ref(source),
                alias=alias,
                alias_etag=alias_etag,
                create_model=create_model,
                request_id=request_id or new_id(),
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.catalog.CopyVersion, request)
            return convert.copied_from_message(reply, request)
        found = self._planned(
            source,
            model,
            to,
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
            request_id=request_id,
        )
        if found.existing is None:
            return self._copied(found, to, progress)
        if not alias or alias in found.existing.aliases:
            return found.existing
        number = found.existing.number
        to.set_alias(model, alias, number, etag=alias_etag, request_id=request_id)
        return to.get_version(found.existing)

    def check_copy(
        self,
        source: str | Version,
        model: str | Model,
        *,
        to: Self | None = None,
        alias: str = "",
        alias_etag: str = "",
        create_model: bool = True,
    ) -> CopyCheck:
        """Return what `copy_version` with the same arguments would do, and change nothing.

        Raises what `copy_version` would raise before it transfers anything.
        """
        found = self._planned(
            source,
            model,
            to,
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
        )
        missing = {}
        if found.existing is None:
            reply = (to or self)._check(found.request)  # noqa: SLF001 - of the same class
            missing = dict(check_from_message(reply).missing)
        return CopyCheck(
            source=found.source.name,
            model=found.request.parent,
            file_count=len(found.files),
            size_bytes=sum(file.size_bytes for file in found.files),
            missing_count=len(missing),
            missing_bytes=sum(missing.values()),
            existing=found.existing,
        )

    def _planned(
        self,
        source: str | Version,
        model: str | Model,
        to: Self | None,
        *,
        alias: str,
        alias_etag: str,
        create_model: bool,
        request_id: str = "",
    ) -> _Planned:
        version = self.get_version(source)
        if (unfit := _UNFIT.get(version.state)) is not None:  # type: ignore[call-overload]
            message = f"{version.ref} cannot be copied: {unfit.REASON}"
            raise unfit(message, metadata={"resource": version.name})
        _require_unblocked(version)
        files = self._manifest(version) if version.file_count else []
        record = convert.record_of(version)
        if to is None:
            # As given: the registry does not copy what a former name of a model leads to.
            parents = (self._ref(source),)
            record, target = replace(record, parents=parents, copied_from=None), self
        else:
            record, target = self._elsewhere(version, record, to, model), to
        if version.ensemble is not None:
            members = target._members_in(version, version.ensemble, model, elsewhere=to)  # noqa: SLF001
            record = replace(record, ensemble=members)
        request = target._registration(  # noqa: SLF001 - of the same class
            model,
            files,
            record,
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
            request_id=request_id,
        )
        existing = None if to is None else to._copy_of(version, request.parent)  # noqa: SLF001
        return _Planned(version, files, request, existing)

    def _elsewhere(
        self, version: Version, record: VersionRecord, to: Self, model: str | Model
    ) -> VersionRecord:
        """Return the record of a copy in another registry."""
        origin = VersionOrigin(
            registry=self._connection.settings.target, version=version.name, uid=version.uid
        )
        target = to._model(model)
        parents = [
            copy.name
            for parent in version.parents
            if (copy := self._copy_of_parent(version, parent, to, target)) is not None
        ]
        return replace(record, parents=tuple(parents), copied_from=origin)

    def _copy_of_parent(
        self, version: Version, parent: str, to: Self, target: str
    ) -> Version | None:
        """Return the copy of a parent in another registry; None if this caller finds none."""
        try:
            source = self.get_version(parent)
            if (source.namespace, source.model) != (version.namespace, version.model):
                target = model_name(source.model, segment(target, "namespaces"))
            return to._copy_of(source, target)
        except (NotFound, PermissionDenied):
            return None

    def _members_in(
        self, version: Version, ensemble: Ensemble, model: str | Model, *, elsewhere: Self | None
    ) -> Ensemble:
        """Return an ensemble with the newest copies of its members in a namespace of this registry.

        Raises MemberNotCopied for a member without a usable copy. elsewhere: None for a copy in the
        registry of the version.
        """
        namespace = segment(self._model(model), "namespaces")
        if elsewhere is None and namespace == version.namespace:
            return ensemble
        found: dict[tuple[str, str], Version] = {}
        for digest in dict.fromkeys(member.root_digest for member in ensemble.members):
            for copy, origin in self._copies(model_name("-", namespace), digest):
                if elsewhere is None and origin.registry:
                    continue  # a caller stated it, not the registry
                known = found.get((origin.uid, digest))
                if known is None or _age(copy) > _age(known):
                    found[origin.uid, digest] = copy
        members = []
        for member in ensemble.members:
            newest = found.get((member.uid, member.root_digest))
            if newest is None:
                message = f"{member.version_ref} has no usable copy in {namespace}: copy it first"
                metadata = {"resource": member.version, "namespace": f"namespaces/{namespace}"}
                raise MemberNotCopied(message, metadata=metadata)
            members.append(replace(member, version=newest.name))
        return replace(ensemble, members=tuple(members))

    def _copy_of(self, source: Version, model: str) -> Version | None:
        """Return the newest usable copy of a version of another registry in a model."""
        try:
            for version, origin in self._copies(model, source.root_digest):
                if origin.uid == source.uid:
                    return version
        except ModelNotFound:
            return None
        return None

    def _copies(self, model: str, digest: str) -> Iterator[tuple[Version, VersionOrigin]]:
        """Yield the usable copies with a root digest, newest first, and what they are copies of."""
        wanted = f'root_digest = "{digest}"'
        for version in self.list_versions(model, filter=wanted, full=True):
            origin, status = version.copied_from, version.ensemble_status
            blocked = status is not None and status.blocked
            usable = version.state in _USABLE and not blocked
            if origin is not None and usable and version.root_digest == digest:
                yield version, origin

    def _copied(self, found: _Planned, to: Self, progress: Progress | None) -> Version:
        """Send the bytes that the other registry lacks, and register the copy."""
        checked = to._check(found.request)
        missing = check_from_message(checked).missing
        lacking: dict[str, FileEntry] = {}
        for file in found.files:
            if file.digest in missing:
                lacking.setdefault(file.digest, file)
        if lacking:
            cache = self._connection.settings.cache
            # Beside the cache, whose files it links.
            above = cache.folder.parent if cache.max_bytes else None
            with run_blocking(partial(temporary_folder, above)) as folder:
                self._fetch(found.source, list(lacking.values()), folder, progress)
                local = run_blocking(scan, folder)
                limits = limits_from_message(checked.limits)
                prepared = Prepared(found.request, local, {}, limits)
                to._send(prepared, progress or default_progress())
        return to._register(found.request, found.files)

    def _fetch(
        self, version: Version, files: list[FileEntry], folder: Path, progress: Progress | None
    ) -> None:
        """Download some files of a version, verified."""
        shown = progress or default_progress()
        cache = BlobCache(self._connection.settings.cache)
        parent = namespace_name(version.namespace)
        fetcher = Fetcher(self._connection, parent, shown, cache, link=True)
        total = sum(file.size_bytes for file in files)
        shown.begin(f"pull {version.ref}", total_bytes=total, total_files=len(files))
        try:
            fetcher.fetch(files, folder)
        finally:
            shown.end()
