# Generated from _async/renewer.py by scripts/generate_sync.py: never edit this.
"""Who asks the registry."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from modelregistry._convert.kept import version_to_document
from modelregistry._convert.resolution import answers_from_message
from modelregistry._local.last_known import LastKnown
from modelregistry._sync.concurrency import run_blocking
from modelregistry._sync.follower import PATIENCE_S, Follower
from modelregistry._sync.line import Question
from modelregistry._sync.work import Work
from modelregistry._watching.book import Lookup
from modelregistry._watching.entry import Answer, Entry, names_nothing
from modelregistry._watching.retrying import TRANSIENT, Retrying
from modelregistry.errors import Cancelled, HistoryChanged, RegistryError, RevisionNotReached
from modelregistry.types import Version
from modelregistry.v1 import lookup_service_pb2 as pb

_KEEP_EVERY_S: Final = 60.0
"""The age of an answer that is kept for another run is never wrong by more than this."""
_WHAT: Final = "asking"


class Renewer:
    """Asks for what the book lacks: everything at once, one call at a time.

    What happens while a call runs is asked for in the next, all of it together.
    """

    def __init__(
        self,
        work: Work,
        follower: Follower,
        last_known: LastKnown,
        tell: Callable[[Sequence[Entry]], None],
    ) -> None:
        self._work = work
        self._follower = follower
        self._last_known = last_known
        self._tell = tell
        self._question: Question[pb.BatchResolveVersionsResponse] | None = None
        self._interruptions = 0
        self._kept: dict[str, Answer] = {}
        self._keep_at = time.monotonic() + _KEEP_EVERY_S
        patience = min(PATIENCE_S, work.connection.settings.timeout)
        self._retrying = Retrying(patience, time.monotonic())
        self._retrying.heard(news=True)

    def step(self) -> None:
        """Wait until there is something to ask, and ask."""
        work = self._work
        until_keeping = max(0.0, self._keep_at - time.monotonic())
        work.bell.wait(lambda: work.over or work.book.is_due, until_keeping)
        if work.over:
            return
        with work.bell:
            lookup = work.book.lookup(time.monotonic())
        if lookup is not None:
            self._look_up(lookup)
        if time.monotonic() >= self._keep_at:
            self._keep_at = time.monotonic() + _KEEP_EVERY_S
            self._kept.clear()
            self._keep([entry for entry in work.book.entries if self._is_fresh(entry)])

    def _look_up(self, lookup: Lookup) -> None:
        work = self._work
        try:
            reply = self._ask(lookup)
            asked = [entry.ref for entry in lookup.entries]
            answers = answers_from_message(reply, asked, lookup.min_revision)
        except RegistryError as error:
            self._deal_with(lookup, error)
            return
        with work.bell:
            changed = work.book.answer(lookup, answers, reply.revision, reply.history_id)
            self._tell(changed)
        work.bell.ring()
        self._follower.extend()
        self._keep(lookup.entries)
        self._pause_after(answers)

    def _ask(self, lookup: Lookup) -> pb.BatchResolveVersionsResponse:
        connection = self._work.connection
        request = pb.BatchResolveVersionsRequest(
            refs=[entry.ref for entry in lookup.entries],
            min_revision=lookup.min_revision,
            history_id=lookup.history if lookup.min_revision else "",
        )
        self._interruptions = connection.interruptions
        self._question = connection.resolve(request)
        if self._work.over:  # meanwhile
            self.give_up()
        return self._question.answer()

    def _pause_after(self, answers: Sequence[Answer]) -> None:
        failed = [answer for answer in answers if isinstance(answer, TRANSIENT)]
        if failed:
            self._work.fails(_WHAT, failed[0])
            self._work.pause(self._retrying.backoff.pause_after(failed[0]))
        else:
            self._work.succeeds(_WHAT)
            self._retrying.heard(news=True)

    def _deal_with(self, lookup: Lookup, error: RegistryError) -> None:
        work = self._work
        forked = self._interruptions != work.connection.interruptions
        if work.over or (forked and isinstance(error, Cancelled)):
            return
        try:
            pause = self._retrying.pause_after(error, time.monotonic())
        except RegistryError:
            with work.bell:
                if isinstance(error, RevisionNotReached | HistoryChanged):
                    work.book.begin_anew()
                else:
                    work.book.refuse(lookup, error)
            self._follower.extend()
            pause = self._retrying.backoff.pause_after(error)
        work.fails(_WHAT, error)
        work.pause(pause)

    def give_up(self) -> None:
        """End the call that runs. Safe from any thread."""
        if self._question is not None:
            self._question.cancel()

    def _is_fresh(self, entry: Entry) -> bool:
        return not self._work.book.standing.is_stale(entry, time.monotonic())

    def _keep(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            answer = entry.answer
            if answer is not None and answer != self._kept.get(entry.ref):
                self._kept[entry.ref] = answer
                run_blocking(self._write, entry, answer)

    def _write(self, entry: Entry, answer: Answer) -> None:
        age = self._work.book.standing.age(entry, time.monotonic())
        if isinstance(answer, Version):
            document = version_to_document(answer)
            history = self._work.book.standing.history
            self._last_known.write(entry.ref, document, entry.revision, age, history)
        elif names_nothing(answer):
            self._last_known.remove(entry.ref)
