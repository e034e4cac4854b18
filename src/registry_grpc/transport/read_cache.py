"""Reads from memory: without threads and statements, and one read for equal misses.

`services.lookup_cache` keeps the answers exact; here they are read and encoded.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import Message

from registry_grpc.domain.errors import NotFound, RegistryError, WrongState
from registry_grpc.domain.route import Arm
from registry_grpc.domain.route_check import is_unit
from registry_grpc.domain.route_table import Decision
from registry_grpc.domain.work import Work, counted
from registry_grpc.services.lookup_cache import Answer, LookupCache
from registry_grpc.transport.call import Call
from registry_grpc.transport.reply_cache import ReplyCache
from registry_grpc.transport.threads import Threads

Reply = Message | bytes
_KEPT_REFUSALS = (NotFound, WrongState)
# Each takes some 30 µs to be written with its details; bytes of answers are only joined.
_FEW_REFUSALS = 32
_REPLY_BYTES = 8 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Found:
    """The answers of one request, all at one revision (0 if the reply has none).

    age: seconds since it was known to be the newest, 0 while it is. history: of the revision. kept:
    the questions and answers to cache, where these are others: of units the arms are cached.
    """

    answers: Sequence[Answer[bytes]]
    revision: int = 0
    age: float = 0.0
    history: str = ""
    kept: Sequence[tuple[Hashable, Answer[bytes]]] | None = None

    @property
    def size(self) -> int:
        """The bytes of the answers."""
        return sum(len(answer.value or b"") for answer in self.answers)

    @property
    def refused(self) -> bool:
        """Whether an answer is an error."""
        return any(answer.refusal is not None for answer in self.answers)


class CachedRead(ABC):
    """A method with cacheable answers. `request` is its request message."""

    @abstractmethod
    def questions(self, request: Any) -> Sequence[Hashable] | None:  # noqa: ANN401
        """Return the keys of a request; None if it cannot be answered from memory.

        `read` validates the request.
        """

    @abstractmethod
    def read(self, call: Call, request: Any) -> Found:  # noqa: ANN401
        """Read the database, in a thread: one answer to each key, in order.

        Errors of the whole request are raised: an invalid request, a revision not reached.
        """

    def units(self, _request: Any) -> Sequence[str]:  # noqa: ANN401
        """Return the unit of each question, '' for none; empty for none at all."""
        return ()

    def question_of(self, _arm: Arm, question: Hashable) -> Hashable:
        """Return the key of the answer that a question about a route has for one of its arms."""
        return question

    def most_bytes(self, _request: Any) -> int:  # noqa: ANN401
        """Return the approximate maximum size of an unknown reply; 0 for a small one."""
        return 0

    @abstractmethod
    def reply(self, call_id: str, request: Any, found: Found) -> Message | bytes:  # noqa: ANN401
        """Encode; raises the refusal where that is the answer. call_id: for refusals inside."""


class ReadCache:
    """Finds answers. Used from one event loop. age: that of what was applied to `answers`."""

    def __init__(
        self, answers: LookupCache[bytes], threads: Threads, age: Callable[[], float]
    ) -> None:
        self._answers = answers
        self._threads = threads
        self._age = age
        self._asked: dict[Hashable, asyncio.Task[Found]] = {}

    @property
    def age(self) -> float:
        """The seconds since memory was known to be exact, 0 while it is."""
        return self._age()

    @property
    def history(self) -> str:
        """The history of the log that memory follows."""
        return self._answers.history

    def replies(self) -> ReplyCache:
        """Return a place for the replies of one method."""
        return ReplyCache(self._answers, _REPLY_BYTES)

    def recall(self, method: CachedRead, request: Any) -> Found | None:  # noqa: ANN401
        """Return the answers from memory, or None."""
        questions = method.questions(request)
        if questions is None:
            return None
        known = []
        for question in questions:
            answer = self._answers.get(question, request.min_revision, request.history_id)
            if answer is None:
                return None
            known.append(answer)
        units = method.units(request)
        found = self._for_units(method, questions, units, known) if units else known
        if found is None:
            return None
        return Found(found, self._answers.applied, self._age(), self._answers.history)

    def _for_units(
        self,
        method: CachedRead,
        questions: Sequence[Hashable],
        units: Sequence[str],
        known: Sequence[Answer[bytes]],
    ) -> Sequence[Answer[bytes]] | None:
        """Return the answers of the arms for units; None when one is missing, or a unit is invalid.

        Answers in memory are all as of one revision.
        """
        if len(units) != len(known):
            return None
        found = []
        for question, unit, answer in zip(questions, units, known, strict=True):
            if not is_unit(unit):
                return None
            if answer.route is None or not unit:
                found.append(answer)
                continue
            decision, chosen = answer.route.decide(unit), answer
            if decision.arm is not answer.route.default:
                arm = self._answers.get(method.question_of(decision.arm, question))
                if arm is None:
                    return None
                chosen = arm
            found.append(answer_of(answer, chosen, decision))
        return found

    async def ask(self, method: CachedRead, call: Call, request: Any) -> Found:  # noqa: ANN401
        """Read the database, once for equal calls at the same time, and cache the answers."""
        questions = method.questions(request)
        if questions is None:
            return await self._threads.run(_read, method, call, request)
        # A call that begins after a change does not join a read that began before it.
        units = tuple(method.units(request))
        asked = (tuple(questions), units, request.min_revision, request.history_id)
        key = (*asked, self._answers.moment)
        task = self._asked.get(key)
        if task is None:
            work = self._read(method, call, request, questions)
            task = self._asked[key] = asyncio.create_task(work)
            task.add_done_callback(lambda _: self._asked.pop(key))
        return await asyncio.shield(task)

    async def reply(
        self,
        method: CachedRead,
        call_id: str,
        request: Any,  # noqa: ANN401
        found: Found,
    ) -> Reply:
        """Encode the answers; in a thread if that takes long."""
        if sum(answer.refusal is not None for answer in found.answers) <= _FEW_REFUSALS:
            return method.reply(call_id, request, found)
        return await self._threads.run(method.reply, call_id, request, found)

    async def _read(
        self,
        method: CachedRead,
        call: Call,
        request: Any,  # noqa: ANN401
        questions: Sequence[Hashable],
    ) -> Found:
        since = self._answers.moment
        # Cached answers are of the history that memory follows, independent of the call's
        # admission.
        call = replace(call, history=self._answers.history)
        found = await self._threads.run(_read, method, call, request)
        pairs = zip(questions, found.answers, strict=True) if found.kept is None else found.kept
        for question, answer in pairs:
            if answer.refusal is None or isinstance(answer.refusal, _KEPT_REFUSALS):
                self._answers.put(question, _bare(answer), since)
        return found


def _read(method: CachedRead, call: Call, request: Any) -> Found:  # noqa: ANN401
    with counted(Work()):
        return method.read(call, request)


def for_unit(answer: Answer[bytes], unit: str, arm: Answer[bytes] | None) -> Answer[bytes]:
    """Return the answer for a unit of a route. arm: that of its arm, None for the default arm."""
    if answer.route is None or not unit:
        return answer
    return answer_of(answer, answer if arm is None else arm, answer.route.decide(unit))


def answer_of(answer: Answer[bytes], chosen: Answer[bytes], decision: Decision) -> Answer[bytes]:
    """Return the answer of the chosen arm to a question about a route."""
    value, refusal = chosen.value, chosen.refusal
    return Answer(
        *(answer.model, value, refusal, answer.revision),
        present=answer.present,
        route=answer.route,
        decision=decision,
    )


def settled(answer: Answer[bytes]) -> bytes:
    """Return the encoded answer; raise the refusal that it was."""
    if answer.refusal is not None:
        raise _again(answer.refusal)
    return answer.value or b""


def _bare(answer: Answer[bytes]) -> Answer[bytes]:
    if answer.refusal is None:
        return answer
    return replace(answer, refusal=_again(answer.refusal))


def _again(refusal: RegistryError) -> RegistryError:
    # The raised error references its frames, with transaction and call: a copy does not.
    copy = type(refusal).__new__(type(refusal), *refusal.args)
    copy.__dict__.update(refusal.__dict__)
    return copy
