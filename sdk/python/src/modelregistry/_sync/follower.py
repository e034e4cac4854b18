# Generated from _async/follower.py by scripts/generate_sync.py: never edit this.
"""Who reads the watch."""

import time
from typing import Final

from modelregistry._convert.change import heard_from_message
from modelregistry._sync.line import Line
from modelregistry._sync.work import Work
from modelregistry._watching.retrying import Retrying, resume_revision
from modelregistry._watching.standing import Plan
from modelregistry.errors import (
    Cancelled,
    HistoryChanged,
    RegistryError,
    RevisionCompacted,
    RevisionNotReached,
)
from modelregistry.v1 import lookup_service_pb2 as pb

PATIENCE_S: Final = 5.0
"""How long a replica may need to come up to what another has told."""
_WHAT: Final = "watching"


class Follower:
    """Writes what the watch tells into the book, and takes it up again when it breaks.

    It never gives up: a registry that is away may come back, and so may a permission.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._plan: Plan | None = None
        self._line: Line[pb.WatchResponse] | None = None
        self._interruptions = 0
        self._retrying = self._new_retrying()

    def _new_retrying(self) -> Retrying:
        patience = min(PATIENCE_S, self._work.connection.settings.timeout)
        made = Retrying(patience, time.monotonic())
        made.heard(news=True)
        return made

    def step(self) -> None:
        """Follow the watch through one connection."""
        work, book = self._work, self._work.book
        work.bell.wait(lambda: work.over or bool(book.models))
        if work.over:
            return
        with work.bell:
            plan = self._plan = book.standing.plan(book.models)
        try:
            self._follow(plan)
        except RegistryError as error:
            self._deal_with(error)
        finally:
            self.hang_up()

    def _follow(self, plan: Plan) -> None:
        work = self._work
        request = pb.WatchRequest(
            parent=plan.parent,
            models=plan.models,
            start_revision=plan.start_revision,
            history_id=plan.history if plan.start_revision else "",
        )
        self._interruptions = work.connection.interruptions
        line = self._line = work.connection.watch(request)
        while not (work.over or work.book.is_outgrown(plan)):
            revision, changed, history = heard_from_message(line.next())
            with work.bell:
                work.book.hear(plan, revision, changed, time.monotonic(), history)
            self._retrying.heard(news=bool(changed))
            work.succeeds(_WHAT)
            work.bell.ring()

    def _deal_with(self, error: RegistryError) -> None:
        work, book = self._work, self._work.book
        if work.over or (isinstance(error, Cancelled) and self._was_interrupted):
            return  # from this side, and not for long
        with work.bell:
            book.interrupt()
            book.standing.resume_at(resume_revision(error))
        work.fails(_WHAT, error)
        try:
            pause = self._retrying.pause_after(error, time.monotonic())
        except RegistryError:
            if isinstance(error, RevisionCompacted | RevisionNotReached | HistoryChanged):
                with work.bell:
                    book.begin_anew()
                work.bell.ring()
                self._retrying = self._new_retrying()
            pause = self._retrying.backoff.pause_after(error)
        work.pause(pause)

    @property
    def _was_interrupted(self) -> bool:
        forked = self._interruptions != self._work.connection.interruptions
        return forked or self._line is None  # hung up

    def extend(self) -> None:
        """Go on with another plan, if there is a better one. Safe from any thread."""
        if self._plan is not None and self._work.book.is_outgrown(self._plan):
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection. Safe from any thread."""
        line, self._line = self._line, None
        if line is not None:
            line.cancel()
