"""Mutations: atomic, executed once, and with the same reply for a repeat (AIP-155)."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from registry_grpc.domain.errors import CommitUnknown, RequestIdReused
from registry_grpc.domain.principal import Principal
from registry_grpc.services.ports.access import Replay
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_R = TypeVar("_R")
REPLAY_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Mutation(Generic[_T]):
    """The caller of a change, and how a repeat of its request is recognised and answered.

    request_id: '' for a change that is never a repeat. fingerprint: of method and request, in the
    transport of the caller. reply: the transport's encoding of the result, for callers in a
    history. It is stored in the transaction of the change, so that both exist or neither does.
    """

    actor: Principal
    request_id: str
    fingerprint: str
    reply: Callable[[_T, str], bytes]


@dataclass(frozen=True, slots=True)
class Done(Generic[_T]):
    """A change that was made, now or by an earlier request with the same id.

    result: None of a repeat. reply: as `Mutation.reply` encoded the result when it was made.
    """

    result: _T | None
    reply: bytes


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
    ) -> Done[_T]:
        """Run `act` in a transaction that takes the next revision.

        A repeat of an earlier request returns its reply and does nothing. Raises RequestIdReused
        and whatever `act` raises; then nothing has happened. Raises CommitUnknown, with the
        request id, when the database was lost during COMMIT: then a repeat with that id settles
        it. frees: for what makes room (see `Database`).
        """
        with _settled_by(mutation), self._database.change(self._clock, frees=frees) as tx:
            done = self._once(tx, mutation, act)
        self._changed()
        return done

    def repeated(self, mutation: Mutation[_T]) -> Done[_T] | None:
        """Return the reply of an earlier request with the same id, or None.

        For work before `change` that a repeat must not do again. Raises RequestIdReused.
        """
        if not mutation.request_id:
            return None
        with self._database.read() as tx:
            return _known(tx, mutation, self._clock())

    def perform(self, act: Callable[[Transaction], _R]) -> _R:
        """Make a change without a caller, such as a due transition, in a transaction of its own."""
        with self._database.change(self._clock) as tx:
            result = act(tx)
        self._changed()
        return result

    def write(self, mutation: Mutation[_T], act: Callable[[Transaction], _T]) -> Done[_T]:
        """Do the same for what takes no revision (uploads)."""
        with _settled_by(mutation), self._database.write() as tx:
            return self._once(tx, mutation, act)

    def _once(
        self, tx: Transaction, mutation: Mutation[_T], act: Callable[[Transaction], _T]
    ) -> Done[_T]:
        if not mutation.request_id:
            return _done(mutation, act(tx), tx)
        now = self._clock()
        known: Done[_T] | None = _known(tx, mutation, now)
        if known is not None:
            return known
        done = _done(mutation, act(tx), tx)
        expire = now + REPLAY_FOR
        replay = Replay(
            mutation.actor.name, mutation.request_id, mutation.fingerprint, done.reply, expire
        )
        tx.replays.add(replay, now)
        return done


def _known(tx: Transaction, mutation: Mutation[_T], now: datetime) -> Done[_T] | None:
    known = tx.replays.find(mutation.actor.name, mutation.request_id, now)
    if known is None:
        return None
    if known.fingerprint != mutation.fingerprint:
        raise RequestIdReused(mutation.request_id)
    return Done(None, known.reply)


def _done(mutation: Mutation[_T], result: _T, tx: Transaction) -> Done[_T]:
    return Done(result, mutation.reply(result, tx.head.history))


@contextmanager
def _settled_by(mutation: Mutation[_T]) -> Iterator[None]:
    try:
        yield
    except CommitUnknown as error:
        actor, request_id = mutation.actor.name, mutation.request_id
        _log.warning("COMMIT without an answer: request_id %r of %s", request_id, actor)
        unknown = CommitUnknown(request_id)
        unknown.cause = error.cause
        raise unknown from error
