"""Use cases that read transitions: one, or a page."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from registry_grpc.domain.history import Position
from registry_grpc.domain.names import ModelName, NamespaceName, TransitionName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.transition import Transition, TransitionState
from registry_grpc.services.listing import FEW_AT_ONCE, Listed, listed
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.reading import require_model, require_namespace, require_revision
from registry_grpc.services.transitions.gate_evaluation import evaluate_gates, renewed
from registry_grpc.services.transitions.record import require
from registry_grpc.services.transitions.steps import recorded_steps


class Transitions:
    """Reads transitions."""

    def __init__(self, database: Database, clock: Clock, expressions: Expressions) -> None:
        self._database = database
        self._clock = clock
        self._expressions = expressions

    def get(self, name: TransitionName, seen: Position) -> Transition:
        """Return a transition; an open one with its present evaluation.

        Raises TransitionNotFound.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            found = require(tx, name)
            if not found.is_open:
                return found
            steps, cause = recorded_steps(tx, found)
            if cause:
                return replace(found, cause=cause)
            now = self._clock()
            return renewed(found, evaluate_gates(tx, steps, now, self._expressions))

    def list(
        self,
        query: Query,
        page: Page,
        parent: NamespaceName | ModelName,
        states: Collection[TransitionState],
        seen: Position,
    ) -> Listed[Transition]:
        """Return a page, newest first, without the findings that passed.

        Raises NamespaceNotFound or ModelNotFound.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            model = require_model(tx, parent) if isinstance(parent, ModelName) else None
            require_namespace(tx, parent.namespace)

            def rows(after: Key | None, limit: int) -> Sequence[Transition]:
                before = _before(after)
                page = tx.transitions.page(parent.namespace, model, states, before, limit)
                return [transition.brief() for transition in page]

            return listed(
                query,
                page,
                tx.head,
                rows,
                lambda row: (str(row.name.uuid),),
                at_once=FEW_AT_ONCE,
            )


def _before(key: Key | None) -> UUID | None:
    return None if key is None else UUID(str(key[0]))
