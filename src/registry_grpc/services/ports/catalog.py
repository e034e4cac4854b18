"""The ports to the catalog's tables. They contain no rules: services decide, these store.

`limit` is the number of rows wanted; implementations return at most that many. `moment` asks for
the state at a time; None asks for the present.
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
    """Tenants. `default` exists from the start."""

    def get(self, namespace: str) -> Namespace | None:
        """Return it, or None."""

    def page(self, after: str | None, limit: int) -> Sequence[Namespace]:
        """Return those behind `after`, by id."""

    def add(self, namespace: Namespace) -> None:
        """Store a new one; raise NamespaceAlreadyExists."""

    def update(self, namespace: Namespace) -> None:
        """Store description, quota and revision of one that is there."""

    def hold(self, namespace: str) -> None:
        """Lock it to the end of the transaction: of several that hold one, each waits its turn.

        What the others wrote before is seen by what is asked after it. Hold it before anything else
        is locked. Readers, and those who only refer to it, are not held up.
        """


class Models(Protocol):
    """Series of versions, also soft-deleted ones."""

    def get(self, name: ModelName) -> Model | None:
        """Return it, or None."""

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
        """Return those behind the id `after`, up to `upto`, that pass the filter, by id.

        Filter fields: id, description, owner, creator, create_time, update_time, labels.
        """

    def id_behind(self, namespace: str, after: str | None, count: int) -> str | None:
        """Return the id of the last of so many models behind `after`; None for fewer."""

    def add(self, model: Model) -> None:
        """Store a new one; raise ModelAlreadyExists."""

    def update(self, model: Model) -> None:
        """Store draft, update_time, delete_time and revision of an existing one.

        When delete_time is set or cleared, the lifecycle history remembers it with the revision's
        update_time, for `deleted_at`.
        """

    def deleted_at(self, uid: UUID, moment: datetime) -> bool:
        """Whether the model was soft-deleted at `moment`."""

    def take_number(self, uid: UUID) -> int:
        """Return the next version number: 1, 2, 3 … without gaps among committed transactions.

        Like `update` it raises ModelNotFound for a model that is not there.
        """


class Versions(Protocol):
    """Records of trained models; immutable but for what `update` stores."""

    def get(self, model: Model, number: int, *, full: bool = True) -> Version | None:
        """Return it with aliases, with detail if `full`, also when deleted, or None."""

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
        """Return those below `before`, down to `downto`, that pass the filter, highest first.

        With aliases, without detail. Filter fields: number, size_bytes, file_count, description,
        creator, stage, state, root_digest, create_time, labels, tags, params, metrics.
        """

    def number_behind(self, model: Model, before: int | None, count: int) -> int | None:
        """Return the number of the last of so many below `before`, downwards; None for fewer."""

    def details(self, uids: Sequence[UUID]) -> Mapping[UUID, VersionDetail]:
        """Return the details of these versions, which may be large: see Version.detail_bytes."""

    def live(self, namespace: str, after: tuple[str, int] | None, limit: int) -> Sequence[Version]:
        """Return those of a namespace behind (model id, number), by model id and number.

        Without detail and aliases; neither deleted ones nor those of deleted models.
        """

    def files(self, uid: UUID, after: str | None, limit: int) -> Sequence[FileEntry]:
        """Return the files behind the path `after`, by the UTF-8 bytes of their paths."""

    def paths(self, uid: UUID) -> Collection[str]:
        """Return the paths of all files."""

    def add(self, model: Model, version: Version, files: Sequence[FileEntry]) -> None:
        """Store a new one with its manifest."""

    def update(self, version: Version) -> None:
        """Store labels, stage, state, update_time, delete_time and revision of an existing one.

        A new state is remembered with the revision's update_time, for `newest`. Raises
        VersionNotFound for one that is not there.
        """

    def newest(self, model: Model, moment: datetime | None, digest: Digest | None) -> int | None:
        """Return the highest number that was active or deprecated, or None.

        With `digest` the highest of those with this root digest that were not deleted.
        """

    def at(
        self, model: Model, number: int, moment: datetime, *, full: bool = True
    ) -> Version | None:
        """Return it as it was at `moment`, also when deleted then, or None before it existed.

        With the aliases of that moment, and detail if `full`. Raises RevisionCompacted when the log
        has lost the change that made it what it was.
        """


class Aliases(Protocol):
    """Moving names: a head per alias and an append-only history."""

    def get(self, name: AliasName) -> Alias | None:
        """Return where it points now, or None."""

    def page(self, model: Model, after: str | None, limit: int) -> Sequence[Alias]:
        """Return those behind the id `after`, by id."""

    def append(self, entry: AliasEntry) -> None:
        """Move the head (or remove it, when entry.version is None) and add to the history."""

    def history(self, name: AliasName, before: int | None, limit: int) -> Sequence[AliasEntry]:
        """Return the moves with revisions below `before`, newest first."""

    def at(self, name: AliasName, moment: datetime) -> int | None:
        """Return the version number it pointed at, or None."""

    def naming(
        self, model: Model, numbers: Sequence[int], moment: datetime | None
    ) -> Mapping[int, tuple[str, ...]]:
        """Return for each of these versions that had any the ids that named it, sorted."""


class Stages(Protocol):
    """What versions may be used for: an append-only history; the head is in the version."""

    def append(self, model: Model, entry: StageEntry) -> None:
        """Add to the history (the head is stored by `Versions.update`)."""

    def history(
        self, model: Model, before: tuple[int, int] | None, limit: int
    ) -> Sequence[StageEntry]:
        """Return the moves whose (revision, version number) is below `before`, highest first."""

    def holders(self, model: Model, stage: str, moment: datetime | None) -> Sequence[int]:
        """Return the numbers of the versions in `stage`, the one that entered last first.

        Without those that were deleted.
        """
