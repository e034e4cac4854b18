"""The port to lists of models in other orders than by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.filter import Node
from registry_grpc.domain.list_order import OrderTerm, SortValue
from registry_grpc.domain.model import Model


@dataclass(frozen=True, slots=True)
class ModelQuery:
    """A query for the models of a namespace.

    show_deleted: also soft-deleted ones. among: only these, few, models.
    """

    namespace: str
    where: Node | None
    show_deleted: bool
    among: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class ModelKey:
    """The position of a model in an order: its values for the terms, and its id."""

    values: Sequence[SortValue]
    model: str


class ModelLists(Protocol):
    """Lists of models. They return uids, of which `read` returns the models."""

    def ordered(
        self, query: ModelQuery, order: Sequence[OrderTerm], after: ModelKey | None, limit: int
    ) -> Sequence[UUID]:
        """Return the matching models after `after`, in this order, of at least one term.

        Equal ones are by id, in the direction of the last term.
        """

    def candidates(self, query: ModelQuery) -> Sequence[UUID] | None:
        """Return few models, of any namespace, with all that pass the filter.

        None where no index finds few.
        """

    def read(self, uids: Sequence[UUID]) -> Sequence[Model]:
        """Return those of these models that exist, in this order, as `Models.page` does."""
