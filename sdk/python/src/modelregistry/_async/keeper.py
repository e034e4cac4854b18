"""Those who keep answers right: for as long as somebody is interested."""

import copy
import time
from functools import partial
from typing import Final

from modelregistry._async.background import Crew
from modelregistry._async.concurrency import run_blocking
from modelregistry._async.follower import Follower
from modelregistry._async.lasting import LastingConnection
from modelregistry._async.renewer import Renewer
from modelregistry._async.seat import Seat
from modelregistry._async.teller import Teller
from modelregistry._async.work import Work
from modelregistry._convert.kept import version_from_document
from modelregistry._local.last_known import LastKnown
from modelregistry._watching.entry import NONE, Answer, Entry
from modelregistry._watching.standing import Standing
from modelregistry.errors import ClientClosed, DeadlineExceeded

GRACE_S: Final = 2.0
"""How long is waited for what is better, when there is something that will do."""


class Keeper:
    """One watch, and what follows from it, for all references of a client.

    Three work in the background: one reads the watch, one asks the registry, one tells who is
    interested. They begin with the first reference and end with `stop`.
    """

    def __init__(self, connection: LastingConnection, last_known: LastKnown) -> None:
        self._last_known = last_known
        self._work = Work(connection)
        self._follower = Follower(self._work)
        self._teller = Teller(self._work)
        self._renewer = Renewer(self._work, self._follower, last_known, self._teller.note)
        self._crew = Crew()

    @property
    def standing(self) -> Standing:
        """How old answers are."""
        return self._work.book.standing

    @property
    def seats(self) -> list[Seat]:
        """Everybody who is interested."""
        return list(self._teller.seats)

    def join(self, seat: Seat, model: str, before: tuple[Answer, float] | None = None) -> None:
        """Keep the answer for a reference right, for this one too.

        `before` is an answer that is known already, and its age.
        """
        work, teller = self._work, self._teller
        with work.bell:
            if seat in teller.seats:
                return
            entry = work.book.join(seat.ref, model)
            if before is not None:
                work.book.recall(entry, before[0], time.monotonic() - before[1])
            seat.standing, seat.entry = self.standing, entry
            teller.seats.add(seat)
        for name, step in (("watch", self._follower.step), ("ask", self._renewer.step)):
            self._crew.start(name, partial(work.repeat, step))
        if seat.on_change is not None:
            self._crew.start("tell", partial(work.repeat, teller.step), awaited=False)
        work.bell.ring()

    async def settle(self, seat: Seat) -> None:
        """Wait until there is an answer, within the client's timeout.

        While the registry is away an answer of an earlier run will do. Raises the registry's error
        when it refuses to answer, and what kept it from answering when there is none in time.
        """
        work, entry = self._work, seat.entry
        await self._remember(entry)
        timeout = work.connection.settings.timeout
        grace = min(GRACE_S, timeout)
        seconds = timeout if entry.answer is None else grace
        await work.bell.wait(lambda: work.over or self._is_settled(entry), seconds)
        if work.over:
            message = "the client is closed"
            raise ClientClosed(message)
        if entry.refused is not None:
            raise copy.copy(entry.refused)
        if entry.answer is None:
            message = f"{work.connection.settings.target} did not answer within {timeout:g} seconds"
            raise copy.copy(work.trouble) or DeadlineExceeded(message)
        if entry.revision != NONE:
            # The watch is about to begin. Where there can be none, the answer is good all the same.
            await work.bell.wait(lambda: work.over or self._is_as_good_as_can_be(entry), grace)
        with work.bell:
            seat.begin()

    def _is_settled(self, entry: Entry) -> bool:
        if entry.answer is not None and entry.revision == NONE:
            return self._work.trouble is not None
        return entry.answer is not None or entry.refused is not None

    def _is_as_good_as_can_be(self, entry: Entry) -> bool:
        fresh = not self.standing.is_stale(entry, time.monotonic())
        return fresh or self._work.trouble is not None

    async def _remember(self, entry: Entry) -> None:
        if entry.answer is not None:
            return
        known = await run_blocking(self._last_known.read, entry.ref)
        version = version_from_document(known.version, entry.ref) if known else None
        if known is not None and version is not None:
            with self._work.bell:
                self._work.book.recall(entry, version, time.monotonic() - known.age)
            self._work.bell.ring()

    def leave(self, seat: Seat) -> bool:
        """Be interested no more; return whether anybody is."""
        seats = self._teller.seats
        with self._work.bell:
            if seat in seats:
                seats.remove(seat)
                self._work.book.leave(seat.entry)
            return bool(seats)

    async def stop(self) -> None:
        """Have everybody stop, and wait for that; not for a call of the user's function."""
        self._work.end()
        self._follower.hang_up()
        self._renewer.give_up()
        await self._crew.stop()

    def forget(self) -> None:
        """Count the registry as away, in a child where nobody works."""
        self._work.book.interrupt()
