"""The read cache: hits at once, one read for concurrent misses, and never an older answer."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from typing_extensions import override

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.errors import (
    AliasNotFound,
    DatabaseUnavailable,
    InvalidRequest,
    ModelDeleted,
    RegistryError,
    RevisionNotReached,
    ServerDraining,
    ServerOverloaded,
    Violation,
)
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.services.lookup_cache import Answer, LookupCache
from registry_grpc.transport.call import Call
from registry_grpc.transport.read_cache import CachedRead, Found, ReadCache, settled
from registry_grpc.transport.threads import Threads
from tests.support.history import at

SECONDS = 10
MODEL = "namespaces/default/models/fraud"
CALL = Call("Ask", Principal("ann", Role.READER), "1")
REQUEST = pb.ResolveVersionRequest


class Asked(CachedRead):
    """A read that waits at a gate, and then answers with how many reads there were, or refuses."""

    def __init__(self) -> None:
        self.reads = 0
        self.revision = 0
        self.reached = threading.Semaphore(0)
        self.open = threading.Event()
        self.refusal: RegistryError | None = None
        self.raised: RegistryError | None = None

    @override
    def questions(self, request: pb.ResolveVersionRequest) -> Sequence[Hashable] | None:
        return None if request.HasField("as_of") else (request.ref,)

    @override
    def read(self, call: Call, request: pb.ResolveVersionRequest) -> Found:
        self.reads += 1
        body = b"%d" % self.reads
        self.reached.release()
        assert self.open.wait(SECONDS)
        if self.raised is not None:
            raise self.raised
        return Found([Answer(MODEL, body, self.refusal, self.revision)], self.revision)

    @override
    def reply(self, call_id: str, request: pb.ResolveVersionRequest, found: Found) -> bytes:
        return settled(found.answers[0])

    async def begun(self) -> None:
        assert await asyncio.to_thread(self.reached.acquire, timeout=SECONDS)


@dataclass
class Place:
    """A read cache with its environment. age: the age of the cache."""

    threads: Threads
    answers: LookupCache[bytes] = field(default_factory=lambda: LookupCache[bytes](10**6))
    read: Asked = field(default_factory=Asked)
    age: float = 0.0

    def __post_init__(self) -> None:
        self.memory = ReadCache(self.answers, self.threads, lambda: self.age)

    async def ask(self, ref: str = "a", min_revision: int = 0) -> bytes:
        request = REQUEST(ref=ref, min_revision=min_revision)
        return self.read.reply("", request, await self.memory.ask(self.read, CALL, request))

    def asking(self, ref: str = "a", min_revision: int = 0) -> "asyncio.Task[bytes]":
        return asyncio.ensure_future(self.ask(ref, min_revision))

    def recalled(self, ref: str = "a", min_revision: int = 0) -> Found | None:
        return self.memory.recall(self.read, REQUEST(ref=ref, min_revision=min_revision))


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    threads = Threads("test", 4, 100)
    made = Place(threads)
    yield made
    made.read.open.set()
    await asyncio.to_thread(threads.close)


async def settle() -> None:
    """Let everything that is ready on the loop run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_of_a_hundred_equal_misses_one_is_asked(place: Place) -> None:
    asking = [place.asking() for _ in range(100)]
    await place.read.begun()
    await settle()
    place.read.open.set()
    assert await asyncio.gather(*asking) == [b"1"] * 100
    assert place.read.reads == 1
    assert await place.ask() == b"2"  # `ask` is for misses: it asks


async def test_who_asks_for_something_else_or_something_newer_asks_by_himself(
    place: Place,
) -> None:
    place.read.open.set()
    answers = await asyncio.gather(place.ask("a"), place.ask("b"), place.ask("a", min_revision=3))
    assert sorted(answers) == [b"1", b"2", b"3"]


async def test_who_asks_after_a_change_does_not_get_what_was_asked_for_before(
    place: Place,
) -> None:
    place.read.revision = 7
    before = place.asking()
    await place.read.begun()
    place.answers.apply(1, [MODEL])
    after = place.asking()
    await place.read.begun()
    place.read.open.set()
    assert (await before, await after) == (b"1", b"2")
    assert place.recalled() is None  # they are of revision 7
    place.answers.apply(7, [f"{MODEL}-2"])
    found = place.recalled()
    assert found is not None
    assert (found.answers[0].value, found.revision) == (b"2", 7)


async def test_who_asks_after_the_log_went_back_does_not_get_what_was_asked_for_before(
    place: Place,
) -> None:
    place.answers.apply(1, [MODEL])
    before = place.asking()
    await place.read.begun()
    place.answers.reset(at(1))
    after = place.asking()
    await place.read.begun()
    place.read.open.set()
    assert (await before, await after) == (b"1", b"2")


async def test_what_was_asked_is_recalled_with_revision_and_age(place: Place) -> None:
    place.read.open.set()
    await place.ask()
    assert place.recalled("b") is None
    assert place.recalled("a") == Found([Answer(MODEL, b"1")], 0, 0.0)
    place.answers.apply(9, ["namespaces/other"])
    place.age = 2.5
    assert place.recalled("a", 9) == Found([Answer(MODEL, b"1")], 9, 2.5)
    assert place.recalled("a", 10) is None


async def test_what_cannot_be_remembered_is_asked_each_time(place: Place) -> None:
    place.read.open.set()
    request = REQUEST(ref="a")
    request.as_of.GetCurrentTime()
    for _ in range(2):
        assert place.memory.recall(place.read, request) is None
        await place.memory.ask(place.read, CALL, request)
    assert place.read.reads == 2
    assert len(place.answers) == 0


@pytest.mark.parametrize(
    "refusal,kept",
    [
        (AliasNotFound(f"{MODEL}/aliases/a"), True),
        (ModelDeleted(MODEL), True),
        (RevisionNotReached(9, 7), False),
        (DatabaseUnavailable(), False),
        (ServerDraining(), False),
        (ServerOverloaded(), False),
        (InvalidRequest([Violation("ref", "is wrong")]), False),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_only_refusals_that_a_change_would_end_are_kept(
    place: Place, refusal: RegistryError, kept: bool
) -> None:
    place.read.open.set()
    place.read.refusal = refusal
    with pytest.raises(type(refusal)) as first:
        await place.ask()
    assert (first.value.message, first.value.metadata) == (refusal.message, refusal.metadata)
    found = place.recalled()
    assert (found is not None) == kept
    if found is not None:
        assert found.refused
        with pytest.raises(type(refusal)) as again:
            place.read.reply("", REQUEST(), found)
        assert vars(again.value) == vars(refusal)
        place.answers.apply(1, [MODEL])
        assert place.recalled() is None


async def test_a_kept_refusal_holds_on_to_nothing_of_the_calls_that_it_ended(place: Place) -> None:
    class Held:
        """The objects that a call holds while it is refused."""

    def refused_by(found: Found) -> "weakref.ref[Held]":
        held = Held()
        with pytest.raises(AliasNotFound):
            place.read.reply("", REQUEST(), found)
        return weakref.ref(held)

    def raised() -> RegistryError:
        with pytest.raises(AliasNotFound) as caught:
            refuse()
        return caught.value

    def refuse() -> None:
        held = Held()
        seen.append(weakref.ref(held))
        raise AliasNotFound(MODEL)

    seen: list[weakref.ref[Held]] = []
    place.read.open.set()
    place.read.refusal = raised()
    with pytest.raises(AliasNotFound):
        await place.ask()
    place.read.refusal = None
    found = place.recalled()
    assert found is not None
    seen += [refused_by(found) for _ in range(3)]
    await asyncio.to_thread(place.threads.close)  # its threads let go of what they returned
    gc.collect()
    assert [one() for one in seen] == [None] * 4
    assert found.answers[0].refusal is not None
    assert found.answers[0].refusal.__traceback__ is None


async def test_what_goes_wrong_with_all_of_a_request_is_raised_to_all_who_asked(
    place: Place,
) -> None:
    place.read.raised = DatabaseUnavailable()
    asking = [place.asking() for _ in range(5)]
    await place.read.begun()
    await settle()
    place.read.open.set()
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(end) for end in ends] == [DatabaseUnavailable] * 5
    assert place.read.reads == 1
    place.read.raised = None
    assert await place.ask() == b"2"


async def test_who_gives_up_takes_nothing_from_those_who_wait(place: Place) -> None:
    first, second = place.asking(), place.asking()
    await place.read.begun()
    first.cancel()
    await settle()
    place.read.open.set()
    assert await second == b"1"
    assert first.cancelled()
    assert place.read.reads == 1


async def test_an_answer_that_nobody_waits_for_any_more_is_kept_and_a_failure_disturbs_nobody(
    place: Place,
) -> None:
    disturbed: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: disturbed.append(context))
    try:
        place.read.raised = DatabaseUnavailable()
        failing = place.asking("fails")
        await place.read.begun()
        failing.cancel()
        await settle()
        place.read.open.set()
        # The pool is used in order: when this comes back, the one before has.
        place.read.raised = None
        assert await place.ask("another")
        await settle()
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert disturbed == []
