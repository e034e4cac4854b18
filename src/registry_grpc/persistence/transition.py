"""Transitions in SQL: the record as a document, beside the columns that queries use."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Index,
    Table,
    exists,
    insert,
    select,
    update,
)

from registry_grpc.domain.model import Model
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.transition import OPEN, Transition, TransitionState
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment
from registry_grpc.persistence.schema import METADATA, column, key, optional

# due: when an open transition must be evaluated again.
transitions = Table(
    "transitions",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("state", BYTEWISE),
    optional("due", Moment()),
    column("revision", BigInteger()),
    column("document", DOCUMENT),
    Index(None, "namespace", "uid"),
    Index(None, "due", "uid"),
)

transition_moves = Table(
    "transition_moves",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("transition_uid", UID, "transitions.uid"),
    key("number", BigInteger()),
    Index(None, "model_uid", "number", "transition_uid"),
)

_ROW, _MOVE = transitions.c, transition_moves.c
_OPEN = sorted(state.value for state in OPEN)


class SqlTransitions:
    """Implements `registry_grpc.services.ports.transition.Transitions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: TransitionName) -> Transition | None:
        """Return it, or None."""
        statement = select(_ROW.document).where(
            _ROW.uid == name.uuid, _ROW.namespace == name.namespace
        )
        found = self._read(self._connection.scalars(statement).all())
        return found[0] if found else None

    def page(
        self,
        namespace: str,
        model: Model | None,
        states: Collection[TransitionState],
        before: UUID | None,
        limit: int,
    ) -> Sequence[Transition]:
        """Return those of a namespace, or that move versions of the model, newest first."""
        statement = select(_ROW.document).where(_ROW.namespace == namespace)
        if model is not None:
            statement = statement.where(_moves(_MOVE.model_uid == model.uid))
        if states:
            statement = statement.where(_ROW.state.in_([state.value for state in states]))
        if before is not None:
            statement = statement.where(_ROW.uid < before)
        statement = statement.order_by(_ROW.uid.desc()).limit(limit)
        return self._read(self._connection.scalars(statement).all())

    def open_of(self, model: Model, number: int) -> Sequence[Transition]:
        """Return the open ones that move this version, oldest first."""
        moving = select(_MOVE.transition_uid).where(
            _MOVE.model_uid == model.uid, _MOVE.number == number
        )
        statement = select(_ROW.document).where(_ROW.uid.in_(moving), _ROW.state.in_(_OPEN))
        # Sorted here: SQLite would read all that ever were by id to have their order.
        found = self._read(self._connection.scalars(statement).all())
        return sorted(found, key=lambda transition: transition.name.uuid)

    def open_moving(self, model: Model) -> Sequence[Transition]:
        """Return the open ones that move any version of this model."""
        moving = select(_MOVE.transition_uid).where(_MOVE.model_uid == model.uid)
        statement = select(_ROW.document).where(_ROW.uid.in_(moving), _ROW.state.in_(_OPEN))
        return self._read(self._connection.scalars(statement).all())

    def due(self, moment: datetime, limit: int) -> Sequence[TransitionName]:
        """Return the names of open ones that are due at `moment`, the longest due first."""
        statement = (
            select(_ROW.namespace, _ROW.uid)
            .where(_ROW.due <= moment)
            .order_by(_ROW.due, _ROW.uid)
            .limit(limit)
        )
        return [TransitionName(*row) for row in self._connection.execute(statement)]

    def add(self, transition: Transition, moved: Mapping[UUID, Collection[int]]) -> None:
        """Store a new one. moved: the numbers of the versions, by the uid of their model."""
        name = transition.name
        values = {"uid": name.uuid, "namespace": name.namespace, **_changing(transition)}
        self._connection.execute(insert(transitions), values)
        rows = [
            {"model_uid": uid, "transition_uid": name.uuid, "number": number}
            for uid, numbers in moved.items()
            for number in sorted(set(numbers))
        ]
        self._connection.execute(insert(transition_moves), rows)

    def update(self, transition: Transition) -> None:
        """Store what an existing one has become."""
        self._connection.execute(
            update(transitions)
            .where(_ROW.uid == transition.name.uuid)
            .values(_changing(transition))
        )

    def _read(self, documents: Sequence[object]) -> Sequence[Transition]:
        return [decode(Transition, document) for document in documents]


def _moves(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_MOVE.transition_uid == _ROW.uid, which)


def _changing(transition: Transition) -> dict[str, object]:
    return {
        "state": transition.state.value,
        "due": transition.due,
        "revision": transition.revision,
        "document": encode(transition),
    }
