"""Reads out of memory, through the pipeline: who may have them, and what is said with them."""

import asyncio
import time
from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from typing_extensions import override

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.errors import AliasNotFound
from registry_grpc.domain.principal import Permission, Role
from registry_grpc.persistence.engine import open_engines
from registry_grpc.services.access import Authentication, Tokens
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.services.lookup_cache import Answer, LookupCache
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.access import Access
from registry_grpc.transport.call import Call
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import CachedRead, Found, ReadCache, Reply, settled
from registry_grpc.transport.threads import Pools, Threads
from tests.support.pipeline import OneCall, Switched
from tests.support.services import MovableClock

METHOD = "modelregistry.v1.LookupService/ResolveVersion"
MODEL = "namespaces/default/models/fraud"
REQUEST = pb.ResolveVersionRequest
CAP = timedelta(seconds=10)
MOST_BYTES = 1_000

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


class Named(CachedRead):
    """Reads the database, and answers with who asked and what."""

    def __init__(self, database: Switched) -> None:
        self._database = database

    @override
    def questions(self, request: pb.ResolveVersionRequest) -> Sequence[Hashable]:
        return (request.ref,)

    @override
    def read(self, call: Call, request: pb.ResolveVersionRequest) -> Found:
        with self._database.read() as transaction:
            revision = transaction.revision
        if request.ref == "nobody":
            return Found([Answer(MODEL, refusal=AliasNotFound(MODEL), revision=revision)], revision)
        body = f"{request.ref} for {call.principal.name}".encode()
        return Found([Answer(MODEL, body, revision=revision)], revision)

    @override
    def reply(self, call_id: str, request: pb.ResolveVersionRequest, found: Found) -> bytes:
        return settled(found.answers[0])


@dataclass
class Place:
    """A pipeline on a real database. age: the age of the cache; now: seconds."""

    database: Switched
    calls: Threads
    age: float = 0.0
    now: float = 0.0
    clock: MovableClock = field(default_factory=MovableClock)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.database, self.clock, uuid4, lambda: uuid4().hex)
        self.answers = LookupCache[bytes](10**6)
        authentication = Authentication(
            self.database, self.clock, lambda: self.now, trust_loopback=True
        )
        memory = ReadCache(self.answers, self.calls, lambda: self.age)
        pools = Pools.all_in(self.calls)
        self.pipeline = Pipeline(authentication, RoleAuthorizer(), pools, self.metrics, CAP, memory)
        self.read, self.write = (
            self.pipeline.cached(
                Method(METHOD, (Access(permission),), MOST_BYTES, REQUEST), Named(self.database)
            )
            for permission in (Permission.READ, Permission.WRITE)
        )

    def token(self, name: str, role: Role = Role.READER) -> tuple[str, str]:
        token, secret = self.tokens.create(name, role, None)
        with self.database.read() as tx:
            self.answers.apply(tx.revision, ())  # a token is in the log: memory hears of it
        return token.id, secret

    async def ask(
        self, ref: str, secret: str | None, *, scheme: str = "Bearer", writing: bool = False
    ) -> tuple[OneCall, Reply]:
        """Call; the reply is empty when it was refused."""
        request = REQUEST(ref=ref).SerializeToString()
        return await self.send(request, secret, scheme=scheme, writing=writing)

    async def send(
        self, request: bytes, secret: str | None, *, scheme: str = "Bearer", writing: bool = False
    ) -> tuple[OneCall, Reply]:
        """Send what need not be a request, in the way that the table would choose."""
        call = OneCall(secret, scheme, [request])
        method = self.write if writing else self.read
        context = cast("Context", call)
        try:
            if (caller := method.known(call.invocation_metadata())) is not None:
                return call, await method.quick(request, context, caller, time.perf_counter())
            return call, await method.call(None, context)
        except grpc.aio.AbortError:
            return call, b""

    async def reason(self, ref: str, secret: str | None, **how: bool) -> str:
        call, _ = await self.ask(ref, secret, writing=how.get("writing", False))
        return call.reason

    def go_away(self, seconds: float = 10.0) -> None:
        """The database went so many seconds ago, and memory has heard of it."""
        self.database.away = True
        self.age = 2.5
        self.now += seconds


@pytest_asyncio.fixture
async def place(database_url: str) -> AsyncIterator[Place]:
    calls = Threads("call", 2, 10)
    with Switched(open_engines(database_url)) as database:
        yield Place(database, calls)
        await asyncio.to_thread(calls.close)


async def test_what_is_known_is_told_to_who_is_known_without_the_database(place: Place) -> None:
    _, secret = place.token("ann")
    _, reply = await place.ask("a", secret)
    assert reply == b"a for ann"
    reads = place.database.reads
    call, reply = await place.ask("a", secret)
    assert (reply, call.trailers) == (b"a for ann", ())
    assert place.database.reads == reads
    count = {"grpc_method": METHOD, "grpc_status": "OK"}
    name = "grpc_server_call_duration_seconds_count"
    assert place.metrics.registry.get_sample_value(name, count) == 2


async def test_what_is_known_is_told_to_nobody_else(place: Place) -> None:
    token_id, secret = place.token("ann")
    _, reply = await place.ask("a", secret)
    assert reply
    assert await place.reason("a", None) == "TOKEN_REQUIRED"
    assert await place.reason("a", "mrt_unknown") == "TOKEN_INVALID"
    assert (await place.ask("a", secret, scheme="Basic"))[0].reason == "TOKEN_INVALID"
    place.tokens.revoke(token_id)
    place.now += Authentication.FRESH
    assert await place.reason("a", secret) == "TOKEN_INVALID"


async def test_a_caller_is_known_once_more_when_the_message_took_long_to_come(place: Place) -> None:
    token_id, secret = place.token("ann")
    assert (await place.ask("a", secret))[1]
    request = REQUEST(ref="a").SerializeToString()
    call = OneCall(secret, "Bearer", [request])
    known = place.read.known(call.invocation_metadata())
    assert known is not None
    place.tokens.revoke(token_id)
    place.now += Authentication.FRESH
    with pytest.raises(grpc.aio.AbortError):
        await place.read.quick(request, cast("Context", call), known, time.perf_counter() - 1.0)
    assert call.reason == "TOKEN_INVALID"


async def test_who_may_not_is_refused_what_is_known(place: Place) -> None:
    (_, reader), (_, writer) = place.token("ann"), place.token("bob", Role.WRITER)
    _, reply = await place.ask("a", writer, writing=True)
    assert reply == b"a for bob"
    assert (await place.ask("a", reader))[1]  # she is remembered, and may read
    assert await place.reason("a", reader, writing=True) == "PERMISSION_DENIED"
    assert (await place.ask("a", writer, writing=True))[1] == b"a for bob"


async def test_what_was_told_is_told_again_until_anything_changes(place: Place) -> None:
    _, secret = place.token("ann")
    await place.ask("a", secret)
    _, reply = await place.ask("a", secret)
    assert (await place.ask("a", secret))[1] is reply
    place.answers.apply(1, ["namespaces/default/models/other"])
    _, again = await place.ask("a", secret)
    assert again == reply  # nothing of its model changed: memory knows it still
    place.answers.apply(2, [MODEL])
    _, other = place.token("bob")
    assert (await place.ask("a", other))[1] == b"a for bob"


async def test_a_known_refusal_is_told_as_any_other_is(place: Place) -> None:
    _, secret = place.token("ann")
    for _ in range(2):
        call, _ = await place.ask("nobody", secret)
        assert (call.code, call.reason) == (grpc.StatusCode.NOT_FOUND, "ALIAS_NOT_FOUND")
        assert (call.age, "x-request-id" in dict(call.trailers)) == (None, True)
    assert len(place.answers) == 1


@pytest.mark.parametrize("seconds", [0.0, 10.0], ids=["just now", "long ago"])
async def test_while_the_database_is_away_what_is_known_is_told_with_its_age(
    place: Place, seconds: float
) -> None:
    _, secret = place.token("ann")
    for ref in ("a", "nobody"):
        await place.ask(ref, secret)
    place.go_away(seconds)
    call, reply = await place.ask("a", secret)
    assert (reply, call.age) == (b"a for ann", 2.5)
    call, _ = await place.ask("nobody", secret)
    assert (call.reason, call.age) == ("ALIAS_NOT_FOUND", 2.5)


async def test_while_the_database_is_away_what_is_not_known_is_refused(place: Place) -> None:
    (_, secret), (_, stranger) = place.token("ann"), place.token("bob")
    await place.ask("a", secret)
    place.go_away()
    assert await place.reason("b", secret) == "DATABASE_UNAVAILABLE"
    # Nor is anybody believed who was not known before.
    assert await place.reason("a", stranger) == "DATABASE_UNAVAILABLE"
    assert await place.reason("a", None) == "DATABASE_UNAVAILABLE"
    assert await place.reason("a", secret, writing=True) == "PERMISSION_DENIED"


async def test_while_the_database_is_away_who_was_revoked_just_before_has_only_what_is_known(
    place: Place,
) -> None:
    token_id, secret = place.token("ann")
    await place.ask("a", secret)
    place.tokens.revoke(token_id)
    place.go_away()
    assert (await place.ask("a", secret))[1] == b"a for ann"
    # It is there again, and only memory has not heard of it.
    place.database.away = False
    assert await place.reason("b", secret) == "TOKEN_INVALID"
    assert await place.reason("a", secret) == "TOKEN_INVALID"


async def test_once_the_database_is_back_no_age_is_told(place: Place) -> None:
    _, secret = place.token("ann")
    await place.ask("a", secret)
    place.go_away()
    assert (await place.ask("a", secret))[0].age == 2.5
    place.database.away, place.age = False, 0.0
    place.answers.apply(1, [MODEL])
    call, reply = await place.ask("b", secret)
    assert (reply, call.age) == (b"b for ann", None)


@pytest.mark.parametrize("known", [False, True], ids=["not yet known", "known"])
async def test_what_is_no_request_is_refused_with_its_reason_and_id(
    place: Place, *, known: bool
) -> None:
    _, secret = place.token("ann")
    if known:
        await place.ask("a", secret)
    call, _ = await place.send(b"\xff\xff", secret)
    assert (call.reason, "x-request-id" in dict(call.trailers)) == ("INVALID_REQUEST", True)
    call, _ = await place.send(b"\0" * (MOST_BYTES + 1), secret)
    assert (call.reason, "x-request-id" in dict(call.trailers)) == ("LIMIT_EXCEEDED", True)


async def test_nothing_is_read_of_a_caller_who_is_not_admitted(place: Place) -> None:
    place.token("ann")
    for secret in (None, "mrt_unknown"):
        call = OneCall(secret, messages=[b"whatever"])
        with pytest.raises(grpc.aio.AbortError):
            await place.read.call(None, cast("Context", call))
        assert await call.read() == b"whatever"
