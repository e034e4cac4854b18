"""The port to transitions. It contains no rules: services decide, this stores."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.model import Model
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.transition import Transition, TransitionState


class Transitions(Protocol):
    """Moves of versions, open ones and those of the past."""

    def get(self, name: TransitionName) -> Transition | None:
        """Return it, or None."""

    def page(
        self,
        namespace: str,
        model: Model | None,
        states: Collection[TransitionState],
        before: UUID | None,
        limit: int,
    ) -> Sequence[Transition]:
        """Return those of a namespace, or that move versions of the model, newest first.

        states: empty for all. before: the uuid of the last one of the page before.
        """

    def open_of(self, model: Model, number: int) -> Sequence[Transition]:
        """Return the open ones that move this version, oldest first."""

    def due(self, moment: datetime, limit: int) -> Sequence[TransitionName]:
        """Return the names of open ones that are due at `moment`, the longest due first."""

    def add(self, transition: Transition, moved: Mapping[UUID, Collection[int]]) -> None:
        """Store a new one. moved: the numbers of the versions, by the uid of their model."""

    def update(self, transition: Transition) -> None:
        """Store what an existing one has become."""
