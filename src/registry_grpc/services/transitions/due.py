"""The use case of time: transitions that have waited long enough, or were open for too long."""

from collections.abc import Callable

from registry_grpc.domain.names import TransitionName
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.transitions.applying import go_on, look_again
from registry_grpc.services.transitions.record import expire, require

_SWEEP = 100


class DueTransitions:
    """Let time decide."""

    def __init__(
        self, database: Database, mutations: Mutations, clock: Clock, expressions: Expressions
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock
        self._expressions = expressions

    def sweep(self) -> int:
        """Apply what has waited long enough, expire what was open too long; return how many.

        Several processes may do it at once: each transition is looked at by one of them. One that
        cannot be settled keeps no other waiting; the first failure is raised at the end, with a
        note of each other.
        """
        with self._database.read() as tx:
            due = tx.transitions.due(self._clock(), _SWEEP)
        settled, failures = 0, list[Exception]()
        for name in due:
            try:
                settled += self._mutations.perform(self._settle(name))
            except Exception as error:  # noqa: BLE001 - raised when all have had their turn
                failures.append(error)
        if failures:
            first, *others = failures
            for other in others:
                first.add_note(f"another could not be settled either: {other!r}")
            raise first
        return settled

    def _settle(self, name: TransitionName) -> Callable[[Transaction], bool]:
        def act(tx: Transaction) -> bool:
            before = require(tx, name)
            if before.due is None or before.due > tx.time:
                return False  # somebody else was faster
            if before.expire_time <= tx.time:
                expire(tx, before.requester, before)
                return True
            looked = look_again(tx, before.requester, before, self._expressions)
            if isinstance(looked, tuple):
                current, evaluation = looked
                go_on(tx, before.requester, before, current, evaluation)
            return True

        return act
