"""The port to lists of versions in other orders, and of all models of a namespace.

They return uids, of which `read` returns the versions: an order is found by its keys alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.filter import Node
from registry_grpc.domain.list_order import OrderTerm, SortValue
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version

Place = tuple[str, int]
"""The id of a model and the number of a version."""


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """A query for versions. model: None for all models of the namespace.

    show_deleted: also deleted versions, and versions of soft-deleted models; those of `model`
    always. among: only these, few, versions; of `model` if it is given.
    """

    namespace: str
    model: Model | None
    where: Node | None
    show_deleted: bool
    among: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """The position of a version in an order: its values for the terms, and its place."""

    values: Sequence[SortValue]
    place: Place


class VersionLists(Protocol):
    """Lists of versions. `limit` is the maximum number of rows."""

    def candidates(self, query: VersionQuery) -> Sequence[UUID] | None:
        """Return few versions with all that pass the filter; None where no index finds few.

        They are of the model, if the query is of one; otherwise of any namespace.
        """

    def newest_in_stages(self, model: Model, stages: Collection[str]) -> Sequence[UUID]:
        """Return the version with the highest number, active or deprecated, of each stage.

        stages: at least one; those without such a version have none.
        """

    def ordered(
        self, query: VersionQuery, order: Sequence[OrderTerm], after: SortKey | None, limit: int
    ) -> Sequence[UUID]:
        """Return the matching versions after `after`, in this order, of at least one term.

        Versions without a value come last. Equal ones are by model id and number, in the direction
        of the last term.
        """

    def across(
        self, query: VersionQuery, after: Place | None, upto: Place | None, limit: int
    ) -> Sequence[UUID]:
        """Return the matching versions after `after`, up to `upto`, by model id, newest first."""

    def place_behind(self, namespace: str, after: Place | None, count: int) -> Place | None:
        """Return the place `count` places after `after`, of all versions; None for fewer."""

    def live(self, uids: Sequence[UUID], stage: str) -> Mapping[UUID, str]:
        """Return the namespaces of those of these that are live versions of live models.

        stage: only those in this stage; '' for any.
        """

    def read(self, uids: Sequence[UUID]) -> Sequence[Version]:
        """Return those of these versions that exist, in this order.

        With aliases, without detail.
        """
