"""Use cases of versions after their registration."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from registry_grpc.domain.annotation import Annotations, check_annotations
from registry_grpc.domain.change import Change
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import (
    BytesNotStored,
    LimitExceeded,
    VersionInUse,
    VersionNotFound,
)
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.labels import check_labels, check_text
from registry_grpc.domain.limits import MIB, PAGE_BYTES, RECORD_BYTES
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.map_patch import UNCHANGED, MapPatch
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES, Model
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.stage import ARCHIVED, NONE, PRODUCTION
from registry_grpc.domain.version import Version, VersionAction, VersionState
from registry_grpc.domain.violations import Violations
from registry_grpc.services.alias import remove_alias
from registry_grpc.services.annotation import store_annotations
from registry_grpc.services.deployment_report import serving_instances
from registry_grpc.services.listing import Listed, listed, text_of
from registry_grpc.services.lookup import find_version, look_up, with_detail
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_model, require_revision
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.route_arms import adjust_arms
from registry_grpc.services.stage import move_stage
from registry_grpc.services.transitions.superseding import supersede_unusable
from registry_grpc.services.version_listing import WantedVersions, versions_page

_DETAILS_AT_ONCE = MIB
_FILES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Files:
    """A page of a version's files, by path."""

    version: Version
    page: Listed[FileEntry]


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A page of versions. versions: its items, with detail if requested.

    They are read in portions, each after the previous one was consumed.
    """

    page: Listed[Version]
    versions: Iterator[Version]


@dataclass(frozen=True, slots=True)
class VersionPatch:
    """A change of a version. description: None to leave it as it is."""

    labels: MapPatch = UNCHANGED
    description: str | None = None
    annotations: MapPatch = UNCHANGED

    def apply(self, version: Version) -> Version:
        """Return what a version, read with annotations, becomes; raise InvalidRequest."""
        description = version.description if self.description is None else self.description
        labels = self.labels.apply(version.labels)
        pairs = self.annotations.apply(version.annotations.pairs)
        found = Violations()
        check_text(found, "version.description", description, MAX_DESCRIPTION_BYTES)
        check_labels(found, "version.labels", labels)
        check_annotations(found, "version.annotations", pairs)
        found.raise_if_any()
        return replace(
            version, description=description, labels=labels, annotations=Annotations.of(pairs)
        )


class Versions:
    """Read, change and delete versions."""

    def __init__(self, database: Database, mutations: Mutations, room: ReplyMemory) -> None:
        self._database = database
        self._mutations = mutations
        self._room = room

    @contextmanager
    def get(self, reference: Reference, seen: Position, *, full: bool) -> Iterator[Version]:
        """Yield it, with detail if `full`, by its number in every state.

        Until the block ends it has room for the detail. Raises as `look_up`.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            version = look_up(tx, reference)
            if full:
                with self._room.building(version.detail_bytes):
                    yield with_detail(tx, version)
                return
        yield version

    @contextmanager
    def list(
        self,
        query: Query,
        page: Page,
        wanted: WantedVersions,
        *,
        full: bool,
        seen: Position,
    ) -> Iterator[VersionPage]:
        """Yield a page of the wanted versions; raises as `versions_page`.

        If `full`, each has its detail, unless that alone would be more than a page. To be read
        within the block, which is one transaction.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            measure = _most_shown if full else most_encoded
            found = versions_page(tx, query, page, wanted, measure)
            yield VersionPage(
                found, self._with_details(tx, found.items) if full else iter(found.items)
            )

    def _with_details(self, tx: Transaction, found: Sequence[Version]) -> Iterator[Version]:
        """Yield versions with their details, of which some are read at once."""
        for some in _together(found):
            wanted = [version for version in some if _most(version) <= PAGE_BYTES]
            with self._room.building(sum(version.detail_bytes for version in wanted)):
                details = tx.versions.details([version.uid for version in wanted])
                annotated = {one.uid: one for one in tx.versions.with_annotations(wanted)}
                for version in some:
                    whole = annotated.get(version.uid, version)
                    yield replace(whole, detail=details.get(version.uid))

    def files(
        self,
        query: Query,
        page: Page,
        reference: Reference,
        seen: Position,
    ) -> Files:
        """Return a page of the files of a version.

        The key is (version number, path): the first page fixes the version, since an alias that
        moves meanwhile must not mix files. Raises VersionRevoked, BytesNotStored, and what
        `find_version` raises.
        """
        if page.after is not None:
            reference = replace(reference, selector=ByNumber(int(page.after[0])))
        with self._database.read() as tx:
            require_revision(tx, seen)
            version = find_version(tx, reference, full=False)
            version.require_unrevoked()
            if version.by_reference:
                raise _not_stored(tx, version)
            found = listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.versions.files(version.uid, text_of(after, 1), limit),
                lambda file: (version.name.number, file.path),
                at_once=_FILES_AT_ONCE,
            )
            return Files(version, found)

    def update(
        self, call: Mutation[Version], reference: Reference, etag: str, patch: VersionPatch
    ) -> Done[Version]:
        """Change labels, description or annotations.

        Raises InvalidRequest, VersionDeleted, EtagMismatch, or LimitExceeded for a record that
        would be too large.
        """

        def act(tx: Transaction) -> Version:
            version = find_version(tx, reference)
            version.require_live()
            require_etag(version.name, etag, version.etag, tx.head)
            after = patch.apply(version)
            if after == version:
                return version
            _require_size(version, after)
            after = replace(after, update_time=tx.time, revision=tx.revision)
            tx.versions.update(after)
            changes = store_annotations(tx, after.uid, version.annotations, after.annotations)
            only_labels = after.description == version.description and not changes
            action = VersionAction.LABEL if only_labels else VersionAction.UPDATE
            name, actor = str(version.name), call.actor.name
            tx.record([Change(action, name, actor, version, after, annotations=changes)])
            return after

        return self._mutations.change(call, act)

    def delete(
        self,
        call: Mutation[Version],
        reference: Reference,
        etag: str,
        reason: str,
        *,
        force: bool,
    ) -> Done[Version]:
        """Delete for good, also a version of a soft-deleted model.

        Raises VersionDeleted, EtagMismatch, VersionInUse for a member of an ensemble and, unless
        `force`, for other uses, and as `require_version`.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Version:
            version = require_version(tx, reference)
            version.require_live()
            require_etag(version.name, etag, version.etag, tx.head)
            require_unpinned(tx, version)
            uses = _uses(tx, version)
            if uses and not force:
                raise VersionInUse(str(version.name), uses)
            return delete_version(tx, call.actor.name, version, reason)

        return self._mutations.change(call, act, frees=True)


MOST_NAMED = 10
"""The number of ensembles that an error names."""


def require_version(tx: Transaction, reference: Reference) -> Version:
    """Return the version with this number, in whichever state it and its model are.

    Raises ModelNotFound, NamespaceNotFound or VersionNotFound; ValueError for a name that moves.
    """
    if not isinstance(reference.selector, ByNumber):
        message = f"{reference} is not a number"
        raise ValueError(message)  # noqa: TRY004 - the transport has checked it
    model, number = require_model(tx, reference.model), reference.selector.number
    version = tx.versions.get(model, number)
    if version is None:
        raise VersionNotFound(str(model.name.version(number)))
    return version


def _not_stored(tx: Transaction, version: Version) -> BytesNotStored:
    detail = tx.versions.details([version.uid])[version.uid]
    return BytesNotStored(str(version.name), "" if detail.source is None else detail.source.uri)


def _require_size(before: Version, after: Version) -> None:
    """Raise LimitExceeded for a record that grows beyond its limit."""
    added = after.annotations.size - before.annotations.size
    shown = most_encoded(replace(after, detail=None, annotations=after.annotations.brief()))
    size = shown + before.detail_bytes + added
    if size > RECORD_BYTES and size > _most(replace(before, detail=None)):
        raise LimitExceeded("record size in bytes", RECORD_BYTES, size, "remove annotations")


def _together(found: Sequence[Version]) -> Iterator[Sequence[Version]]:
    """Yield versions by portions whose details are not too much at once."""
    some: list[Version] = []
    size = 0
    for version in found:
        if some and size + version.detail_bytes > _DETAILS_AT_ONCE:
            yield some
            some, size = [], 0
        some.append(version)
        size += version.detail_bytes
    if some:
        yield some


def _most(version: Version) -> int:
    return version.detail_bytes + most_encoded(version)


def _most_shown(version: Version) -> int:
    most = _most(version)
    return most if most <= PAGE_BYTES else most_encoded(version)


def require_unpinned(tx: Transaction, version: Version) -> None:
    """Raise VersionInUse while an ensemble that is not deleted has the version as a member."""
    pinning = tx.ensembles.pinning(version.uid, MOST_NAMED + 1)
    if pinning:
        uses = [f"ensemble {name}" for name in pinning[:MOST_NAMED]]
        more = ["other ensembles"] if len(pinning) > MOST_NAMED else []
        raise VersionInUse(str(version.name), uses + more, forcible=False)


def _uses(tx: Transaction, version: Version) -> list[str]:
    stage = [f"stage {PRODUCTION}"] if version.stage == PRODUCTION else []
    model = require_model(tx, version.name.parent)
    routes = tx.routes.naming(model, version.name.number)
    named = [f"route {route.name.route}" for route in routes]
    aliases = [f"alias {alias}" for alias in version.aliases]
    return aliases + named + stage + serving_instances(tx, model, version.name.number)


def delete_version(tx: Transaction, actor: str, version: Version, reason: str) -> Version:
    """Delete a version, with its aliases and its stage."""
    _withdraw(tx, actor, version.name, version.aliases, reason)
    model = require_model(tx, version.name.parent)
    current = _leave_stage(tx, actor, model, version, reason)
    after = replace(
        current,
        aliases=(),
        state=VersionState.DELETED,
        delete_time=tx.time,
        update_time=tx.time,
        revision=tx.revision,
    )
    tx.versions.update(after)
    tx.record([Change(VersionAction.DELETE, str(version.name), actor, current, after, reason)])
    adjust_arms(tx, actor, after, "was deleted", reason)
    if version.ensemble is not None:
        tx.ensembles.remove(version.uid)
    supersede_unusable(tx, actor, after)
    return after


def _withdraw(
    tx: Transaction, actor: str, name: VersionName, aliases: Sequence[str], reason: str
) -> None:
    for alias in aliases:
        head = tx.aliases.get(name.parent.alias(alias))
        if head is not None:
            remove_alias(tx, actor, head, reason)


def _leave_stage(
    tx: Transaction, actor: str, model: Model, version: Version, reason: str
) -> Version:
    # A stage's history must say that the version left it, or `as_of` would still find it there.
    if version.stage in {NONE, ARCHIVED}:
        return version
    return move_stage(tx, actor, model, version, ARCHIVED, reason, deleted=True)
