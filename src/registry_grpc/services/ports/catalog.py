"""The ports to the catalog's tables.

Business rules are in the services. `limit` is the maximum number of rows. `moment` selects the
state at a time; None selects the present.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.alias import Alias, AliasEntry
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.filter import Node
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, ModelName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.domain.stage import StageEntry
from registry_grpc.domain.version import Version


class Namespaces(Protocol):
    """Namespaces, the tenants. `default` always exists."""

    def get(self, namespace: str) -> Namespace | None:
        """Return a namespace, or None."""

    def page(self, after: str | None, limit: int) -> Sequence[Namespace]:
        """Return namespaces after `after`, by id."""

    def add(self, namespace: Namespace) -> None:
        """Store a new namespace; raise NamespaceAlreadyExists."""

    def update(self, namespace: Namespace) -> None:
        """Store draft and revision of an existing namespace."""

    def hold(self, namespace: str) -> None:
        """Lock a namespace to the end of the transaction.

        Later reads see the writes of earlier holders. Must be called before any other lock is
        taken. Neither readers nor references to the namespace are blocked.
        """


class ModelNames(Protocol):
    """The names that models had: former names, and those of purged models.

    Names that differ only in case or compatibility forms count as one: the model that had one of
    them last takes them all.
    """

    def renamed(self, name: ModelName) -> Model | None:
        """Return the model whose former name this is, or None.

        None as well when a model has the name now.
        """

    def holder(self, name: ModelName, moment: datetime) -> Model | None:
        """Return the model that had this name at `moment`, or else had it last; None for none.

        It is as it is now, except for the name, which is the one that it had then.
        """

    def redirects(self, name: ModelName) -> tuple[UUID, Sequence[ModelName]] | None:
        """Return the model that had this name last, in any spelling, and its other spellings of it.

        The latest first, at most 100. None if a model has the name now, or none ever had it.
        """

    def rename(self, before: Model, after: Model) -> None:
        """Store the name of `after` as its name from its update_time on.

        Raises ModelAlreadyExists.
        """

    def end(self, model: Model) -> None:
        """Let other models have the name of a purged one, which keeps it as its last name."""


class Models(Protocol):
    """Models, including soft-deleted ones; without the pairs of their annotations."""

    def get(self, name: ModelName) -> Model | None:
        """Return the model that has this name, or None."""

    def equal(self, name: ModelName) -> Model | None:
        """Return the model whose id has the key (`name_key`) of this one's, or None."""

    def with_annotations(self, found: Sequence[Model]) -> Sequence[Model]:
        """Return these models with the pairs of their annotations."""

    def page(
        self,
        namespace: str,
        where: Node | None,
        after: str | None,
        limit: int,
        *,
        show_deleted: bool,
        upto: str | None = None,
    ) -> Sequence[Model]:
        """Return models after the id `after`, up to `upto`, that match the filter, by id.

        Without purged ones whose names other models got.

        Filter fields: those of `domain.filter_fields.MODEL_FILTER`.
        """

    def id_behind(self, namespace: str, after: str | None, count: int) -> str | None:
        """Return the id of the model `count` places after `after`; None if there are fewer."""

    def add(self, model: Model) -> None:
        """Store a new model; raise ModelAlreadyExists."""

    def update(self, model: Model) -> None:
        """Store draft, times of update, deletion and purge, and revision of an existing model.

        Also size and digest of its annotations; their pairs are stored by `AnnotationStore`.

        When delete_time is set or cleared, this is added to the history with update_time, for
        `deleted_at`.
        """

    def deleted_at(self, uid: UUID, moment: datetime) -> bool:
        """Whether the model was soft-deleted at `moment`."""

    def unpurged(self, uid: UUID) -> int:
        """Return the number of versions of a model that are not purged."""

    def next_number(self, uid: UUID) -> int:
        """Return the next version number: 1, 2, 3 … without gaps among committed transactions.

        Raises ModelNotFound, like `update`.
        """


class Versions(Protocol):
    """Versions of models; immutable except for the fields that `update` stores."""

    def get(self, model: Model, number: int, *, full: bool = True) -> Version | None:
        """Return a version with aliases, also a deleted one, or None; full: with detail."""

    def page(
        self,
        model: Model,
        where: Node | None,
        before: int | None,
        limit: int,
        *,
        show_deleted: bool,
        downto: int | None = None,
    ) -> Sequence[Version]:
        """Return versions below `before`, down to `downto`, that match the filter, highest first.

        With aliases, without detail. Filter fields: those of `domain.filter_fields.VERSION_FILTER`.
        """

    def unpurged(self, model: Model, limit: int) -> Sequence[Version]:
        """Return versions that are not purged, newest first, with aliases and without detail."""

    def number_behind(self, model: Model, before: int | None, count: int) -> int | None:
        """Return the number of the version `count` places below `before`; None for fewer."""

    def with_annotations(
        self, found: Sequence[Version], moment: datetime | None = None
    ) -> Sequence[Version]:
        """Return these versions with the pairs of their annotations, now or at `moment`."""

    def details(self, uids: Sequence[UUID]) -> Mapping[UUID, VersionDetail]:
        """Return the details of versions. They may be large: see Version.detail_bytes."""

    def live(self, namespace: str, after: tuple[str, int] | None, limit: int) -> Sequence[Version]:
        """Return the versions of a namespace after (model id, number), in that order.

        Without detail and aliases; deleted versions and those of deleted models are excluded.
        """

    def files(self, uid: UUID, after: str | None, limit: int) -> Sequence[FileEntry]:
        """Return the files after the path `after`, by the UTF-8 bytes of their paths."""

    def paths(self, uid: UUID) -> Collection[str]:
        """Return the paths of all files."""

    def add(self, model: Model, version: Version, files: Sequence[FileEntry]) -> None:
        """Store a new version with its manifest."""

    def update(self, version: Version) -> None:
        """Store description, labels, stage, state, and times of update, deletion and purge.

        Also the revision, and size and digest of annotations; their pairs are stored by
        `AnnotationStore`. A new state is added to the history with update_time, for `newest`. The
        blobs of a purged version that no live version references are deleted by the next
        collection. Raises VersionNotFound.
        """

    def numbered(self, model: Model, numbers: Sequence[int]) -> Sequence[Version]:
        """Return the versions with these numbers, without aliases and detail, in any order."""

    def newest(self, model: Model, moment: datetime | None, digest: Digest | None) -> int | None:
        """Return the highest number that was active or deprecated, or None.

        With `digest`: the highest number with this root digest that was not deleted.
        """

    def at(
        self, model: Model, number: int, moment: datetime, *, full: bool = True
    ) -> Version | None:
        """Return a version as of `moment`, also if deleted then, or None before it existed.

        With the aliases of that moment, and detail if `full`. Raises RevisionCompacted when the
        required change is no longer in the log.
        """


class Aliases(Protocol):
    """Aliases: a head per alias and an append-only history."""

    def get(self, name: AliasName) -> Alias | None:
        """Return the present target, or None."""

    def page(self, model: Model, after: str | None, limit: int) -> Sequence[Alias]:
        """Return aliases after the id `after`, by id."""

    def append(self, entry: AliasEntry) -> None:
        """Move the head (or remove it, if entry.version is None) and add to the history."""

    def history(self, name: AliasName, before: int | None, limit: int) -> Sequence[AliasEntry]:
        """Return the moves with revisions below `before`, newest first."""

    def at(self, model: Model, alias: str, moment: datetime) -> int | None:
        """Return the version number that the alias pointed at, or None."""

    def naming(
        self, model: Model, numbers: Sequence[int], moment: datetime | None
    ) -> Mapping[int, tuple[str, ...]]:
        """Return the sorted alias ids of each of these versions that had any."""


class Stages(Protocol):
    """The append-only history of stages; the head is in the version."""

    def append(self, model: Model, entry: StageEntry) -> None:
        """Add to the history (`Versions.update` stores the head)."""

    def history(
        self, model: Model, before: tuple[int, int] | None, limit: int
    ) -> Sequence[StageEntry]:
        """Return the moves whose (revision, version number) is below `before`, highest first."""

    def staged(
        self,
        namespace: str,
        stage: str,
        moment: datetime | None,
        after: tuple[str, int] | None,
        upto: str | None,
        limit: int,
    ) -> Sequence[StageEntry]:
        """Return the moves by which versions are in `stage`, by (model id, number), after `after`.

        stage: '' for every stage but `none`. upto: the last model id. Versions that were deleted
        then and versions of models that were are excluded.
        """

    def holders(self, model: Model, stage: str, moment: datetime | None) -> Sequence[int]:
        """Return the numbers of the versions in `stage`, the latest entry first.

        Deleted versions are excluded.
        """
