"""The port to transitions. Business rules are in the services."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.model import Model
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.transition import Transition, TransitionState


class Transitions(Protocol):
    """Open and ended transitions."""

    def get(self, name: TransitionName) -> Transition | None:
        """Return a transition, or None."""

    def page(
        self,
        namespace: str,
        model: Model | None,
        states: Collection[TransitionState],
        before: UUID | None,
        limit: int,
    ) -> Sequence[Transition]:
        """Return the transitions of a namespace, or of versions of the model, newest first.

        states: empty for all. before: the uuid of the last one of the previous page.
        """

    def open_of(self, model: Model, number: int) -> Sequence[Transition]:
        """Return the open transitions of this version, oldest first."""

    def open_moving(self, model: Model) -> Sequence[Transition]:
        """Return the open transitions that move any version of this model."""

    def due(self, moment: datetime, limit: int) -> Sequence[TransitionName]:
        """Return the names of open transitions that are due at `moment`, longest due first."""

    def add(self, transition: Transition, moved: Mapping[UUID, Collection[int]]) -> None:
        """Store a new transition. moved: the numbers of the versions, by the uid of their model."""

    def update(self, transition: Transition) -> None:
        """Store the new state of a transition."""
