"""How a use case changes something: whole, once, and the same answer when repeated (AIP-155)."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from registry_grpc.domain.errors import CommitUnknown, RegistryError, RequestIdReused
from registry_grpc.domain.principal import Principal
from registry_grpc.services.ports.access import Replay
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_R = TypeVar("_R")
REPLAY_FOR = timedelta(hours=24)


def accepted(_reply: bytes) -> RegistryError | None:
    """Say of an answer that it is no refusal."""
    return None


@dataclass(frozen=True, slots=True)
class Mutation(Generic[_T]):
    """Who asks for a change, how to recognise a repeat, and how to encode the answer.

    request_id: '' when a repeat shall happen again. fingerprint: of method and request. render:
    encodes the result, for callers in a history; it runs inside the transaction, so that answer and
    effect are stored as one.
    refusal: the error that an encoded answer stands for, where refusing is recorded as well: then
    it is raised, behind the commit.
    """

    actor: Principal
    request_id: str
    fingerprint: str
    render: Callable[[_T, str], bytes]
    refusal: Callable[[bytes], RegistryError | None] = accepted


class Mutations:
    """Runs mutations in transactions."""

    def __init__(
        self, database: Database, clock: Clock, changed: Callable[[], None] = lambda: None
    ) -> None:
        """changed: called after each change, before it is answered."""
        self._database = database
        self._clock = clock
        self._changed = changed

    def change(
        self, mutation: Mutation[_T], act: Callable[[Transaction], _T], *, frees: bool = False
    ) -> bytes:
        """Run `act` in a transaction that takes the next revision, and return the encoded answer.

        A repeat of an earlier request returns its answer and does nothing. Raises RequestIdReused
        and whatever `act` raises; then nothing has happened. Raises what `refusal` makes of the
        answer; then that much has happened. Raises CommitUnknown, with the request id, when the
        database was lost during COMMIT: then a repeat with that id settles it. frees: for what
        makes room (see `Database`).
        """
        with _settled_by(mutation), self._database.change(self._clock, frees=frees) as tx:
            reply = self._once(tx, mutation, act)
        self._changed()
        refused = mutation.refusal(reply)
        if refused is not None:
            raise refused
        return reply

    def perform(self, act: Callable[[Transaction], _R]) -> _R:
        """Do what nobody called for, such as what is due, in a transaction of its own."""
        with self._database.change(self._clock) as tx:
            result = act(tx)
        self._changed()
        return result

    def write(self, mutation: Mutation[_T], act: Callable[[Transaction], _T]) -> bytes:
        """Do the same for what takes no revision (uploads)."""
        with _settled_by(mutation), self._database.write() as tx:
            return self._once(tx, mutation, act)

    def _once(
        self, tx: Transaction, mutation: Mutation[_T], act: Callable[[Transaction], _T]
    ) -> bytes:
        if not mutation.request_id:
            return mutation.render(act(tx), tx.head.history)
        now = self._clock()
        known = tx.replays.find(mutation.actor.name, mutation.request_id, now)
        if known is not None:
            if known.fingerprint != mutation.fingerprint:
                raise RequestIdReused(mutation.request_id)
            return known.reply
        reply = mutation.render(act(tx), tx.head.history)
        expire = now + REPLAY_FOR
        replay = Replay(
            mutation.actor.name, mutation.request_id, mutation.fingerprint, reply, expire
        )
        tx.replays.add(replay, now)
        return reply


@contextmanager
def _settled_by(mutation: Mutation[_T]) -> Iterator[None]:
    try:
        yield
    except CommitUnknown as error:
        actor, request_id = mutation.actor.name, mutation.request_id
        _log.warning("COMMIT without an answer: request_id %r of %s", request_id, actor)
        raise CommitUnknown(request_id) from error
