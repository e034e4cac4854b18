"""Use cases of versions after their registration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import VersionInUse
from registry_grpc.domain.filter import Node
from registry_grpc.domain.labels import check_labels
from registry_grpc.domain.labels_patch import LabelsPatch
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.model import Model, require_etag
from registry_grpc.domain.names import ModelName, VersionName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage import ARCHIVED, NONE, PRODUCTION
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.domain.violations import Violations
from registry_grpc.services.alias import remove_alias
from registry_grpc.services.listing import Listed, listed
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_model, require_revision
from registry_grpc.services.stage import move_stage
from registry_grpc.services.transitions.superseding import supersede_unusable


@dataclass(frozen=True, slots=True)
class Files:
    """A page of a version's files, by path."""

    version: Version
    items: Sequence[FileEntry]
    more: bool


class Versions:
    """Read, label and delete versions."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def get(self, reference: Reference, min_revision: int) -> Version:
        """Return it with detail, by its number in every state; raises as `find_version`."""
        with self._database.read() as tx:
            require_revision(tx, min_revision)
            return find_version(tx, reference)

    def list(
        self,
        query: Query,
        page: Page,
        parent: ModelName,
        where: Node | None,
        *,
        show_deleted: bool,
        full: bool,
        min_revision: int,
    ) -> Listed[Version]:
        """Return a page of those that pass the filter, newest first; raises ModelNotFound."""
        before = None if page.after is None else int(page.after[0])
        with self._database.read() as tx:
            require_revision(tx, min_revision)
            model = require_model(tx, parent)
            return listed(
                query,
                page,
                tx.revision,
                lambda limit: tx.versions.page(
                    model, where, before, limit, show_deleted=show_deleted, full=full
                ),
                lambda row: (row.name.number,),
            )

    def files(
        self, reference: Reference, after: str | None, limit: int, min_revision: int
    ) -> Files:
        """Return up to `limit` files behind the path `after`.

        Raises VersionRevoked, and what `find_version` raises.
        """
        with self._database.read() as tx:
            require_revision(tx, min_revision)
            version = find_version(tx, reference)
            version.require_unrevoked()
            found = tx.versions.files(version.uid, after, limit + 1)
            return Files(version, found[:limit], len(found) > limit)

    def label(
        self, call: Mutation[Version], reference: Reference, etag: str, patch: LabelsPatch
    ) -> bytes:
        """Change labels; raises InvalidRequest, VersionDeleted or EtagMismatch."""

        def act(tx: Transaction) -> Version:
            version = find_version(tx, reference)
            version.require_live()
            require_etag(version.name, etag, version.etag)
            labels = patch.apply(version.labels)
            if labels == version.labels:
                return version
            found = Violations()
            check_labels(found, "version.labels", labels)
            found.raise_if_any()
            after = replace(version, labels=labels, update_time=tx.time, revision=tx.revision)
            tx.versions.update(after)
            name, actor = str(version.name), call.actor.name
            tx.record([Change("version.label", name, actor, version, after)])
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
    ) -> bytes:
        """Delete for good; raises VersionDeleted, EtagMismatch, or VersionInUse unless `force`."""
        check_reason(reason)

        def act(tx: Transaction) -> Version:
            version = find_version(tx, reference)
            version.require_live()
            require_etag(version.name, etag, version.etag)
            uses = _uses(version)
            if uses and not force:
                raise VersionInUse(str(version.name), uses)
            return _delete(tx, call.actor.name, version, reason)

        return self._mutations.change(call, act, frees=True)


def _uses(version: Version) -> list[str]:
    stage = [f"stage {PRODUCTION}"] if version.stage == PRODUCTION else []
    return [f"alias {alias}" for alias in version.aliases] + stage


def _delete(tx: Transaction, actor: str, version: Version, reason: str) -> Version:
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
    tx.record([Change("version.delete", str(version.name), actor, current, after, reason)])
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
    return move_stage(tx, actor, model, version, ARCHIVED, reason)
