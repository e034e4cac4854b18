"""The background use case of due transitions: apply waiting ones, expire overdue ones."""

from collections.abc import Callable

from registry_grpc.domain.names import TransitionName
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.transitions.applying import proceed, reevaluate
from registry_grpc.services.transitions.record import expire, require

_SWEEP = 100


class DueTransitions:
    """Processes due transitions."""

    def __init__(
        self, database: Database, mutations: Mutations, clock: Clock, expressions: Expressions
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock
        self._expressions = expressions

    def sweep(self) -> int:
        """Apply transitions after their wait, expire overdue ones; return their number.

        Safe in several processes: each transition is processed once. A failing one does not
        block others; the first failure is raised at the end, with a note for each other.
        """
        with self._database.read() as tx:
            due = tx.transitions.due(self._clock(), _SWEEP)
        processed, failures = 0, list[Exception]()
        for name in due:
            try:
                processed += self._mutations.perform(self._process(name))
            except Exception as error:  # noqa: BLE001 - raised after all were processed
                failures.append(error)
        if failures:
            first, *others = failures
            for other in others:
                first.add_note(f"another one failed too: {other!r}")
            raise first
        return processed

    def _process(self, name: TransitionName) -> Callable[[Transaction], bool]:
        def act(tx: Transaction) -> bool:
            before = require(tx, name)
            if before.due is None or before.due > tx.time:
                return False  # another process was faster
            if before.expire_time <= tx.time:
                expire(tx, before.requester, before)
                return True
            outcome = reevaluate(tx, before.requester, before, self._expressions)
            if isinstance(outcome, tuple):
                current, evaluation = outcome
                proceed(tx, before.requester, before, current, evaluation)
            return True

        return act
