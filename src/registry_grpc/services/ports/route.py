"""The port to routes: a head per route, and an append-only history."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.model import Model
from registry_grpc.domain.names import RouteName
from registry_grpc.domain.route import Route, RouteEntry
from registry_grpc.services.ports.stage_graph import Placed


class Routes(Protocol):
    """Routes of models. `limit` is the maximum number of rows."""

    def get(self, name: RouteName) -> Route | None:
        """Return the present revision, or None."""

    def page(self, model: Model, after: str | None, limit: int) -> Sequence[Route]:
        """Return routes after the id `after`, by id."""

    def count(self, model: Model) -> int:
        """Return the number of routes of a model."""

    def append(self, entry: RouteEntry) -> None:
        """Replace the head (or remove it, if entry.plan is None) and add to the history."""

    def history(
        self, name: RouteName, before: tuple[int, int] | None, limit: int
    ) -> Sequence[RouteEntry]:
        """Return the revisions whose (revision, ordinal) is below `before`, newest first."""

    def at(self, model: Model, route: str, moment: datetime) -> Route | None:
        """Return the route as of `moment`, or None. model: under its name of then."""

    def naming(self, model: Model, number: int) -> Sequence[Route]:
        """Return the routes that have an arm with this version, by id."""

    def placed(self, namespace: str) -> Iterator[Placed]:
        """Yield the versions of all usable arms that serve, also of soft-deleted models.

        By model, route and number. Must be consumed within the transaction.
        """
