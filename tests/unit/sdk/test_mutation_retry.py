"""Changes whose outcome is in doubt: repeated with one request id until it is known."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
import pytest
from typing_extensions import override

from modelregistry import AsyncClient, Client, errors
from modelregistry._wire.mutation_retry import MutationRetryPolicy
from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import catalog_service_pb2_grpc, model_pb2
from tests.unit.sdk.peer import an_error_info

ID = "3f2a1b0c-7d6e-4f50-8a9b-0c1d2e3f4a5b"
BROKEN = errors.Unavailable("Socket closed")
AWAY = errors.DatabaseUnavailable("the database does not answer")
LATE = errors.DeadlineExceeded("did not answer in time")
BUSY = errors.ServerOverloaded("busy")
LOST = errors.CommitUnknown("the database was lost during COMMIT")
FLAVOURS = pytest.mark.parametrize("flavour", ["sync", "async"])


def ended_by(*failures: errors.RegistryError, connected: bool = True) -> errors.RegistryError:
    """Return what is raised for these tries; there is time for each of them."""
    retry = MutationRetryPolicy(ID, 1_000.0, lambda: 0.0)
    for failure in failures[:-1]:
        assert retry.pause_after(failure, connected=connected) > 0
    with pytest.raises(errors.RegistryError) as caught:
        retry.pause_after(failures[-1], connected=connected, closed=True)
    return caught.value


@pytest.mark.parametrize("doubt", [BROKEN, LATE, LOST, errors.Cancelled("cancelled")])
@pytest.mark.parametrize(
    "last",
    [
        *(BROKEN, AWAY, LATE, LOST, BUSY),
        errors.ServerDraining("shutting down"),
        errors.TokenInvalid("revoked meanwhile"),
        errors.PermissionDenied("no longer permitted"),
        errors.InternalError("a bug", metadata={"incident_id": "1"}),
        errors.UnknownError("a proxy"),
        errors.Exhausted("a proxy"),
    ],
)
def test_doubt_stays_until_the_registry_settles_it(
    doubt: errors.RegistryError, last: errors.RegistryError
) -> None:
    raised = ended_by(doubt, last)
    assert type(raised) is errors.CommitUnknown
    assert raised.request_id == raised.metadata["request_id"] == ID
    assert ID in raised.message
    assert raised.__cause__ is last


@pytest.mark.parametrize(
    "last",
    [
        errors.EtagMismatch("moved"),
        errors.ModelAlreadyExists("there"),
        errors.ModelNotFound("gone"),
        errors.InvalidRequest("wrong"),
        errors.QuotaExceeded("full"),
    ],
)
def test_a_refusal_settles_it(last: errors.RegistryError) -> None:
    assert ended_by(LOST, AWAY, last) is last


def test_without_doubt_nothing_was_changed_and_tries_are_few() -> None:
    assert ended_by(AWAY) is AWAY
    retry = MutationRetryPolicy(ID, 1_000.0, lambda: 0.0)
    for _ in range(4):
        retry.pause_after(AWAY)
    with pytest.raises(errors.DatabaseUnavailable):
        retry.pause_after(AWAY)


def test_in_doubt_it_is_tried_until_the_deadline() -> None:
    now, tries = [0.0], list[errors.RegistryError]([LOST])
    retry = MutationRetryPolicy(ID, 30.0, lambda: now[0])

    def go_on() -> None:
        while True:
            now[0] += retry.pause_after(tries[-1])
            tries.append(AWAY)

    with pytest.raises(errors.CommitUnknown):
        go_on()
    assert len(tries) >= 10
    assert 27 < now[0] < 30


def test_a_try_that_was_never_sent_leaves_no_doubt() -> None:
    assert ended_by(LATE, connected=False) is LATE


def test_without_a_request_id_there_is_none_to_tell() -> None:
    retry = MutationRetryPolicy("", 1.0)
    with pytest.raises(errors.CommitUnknown) as caught:
        retry.pause_after(LOST, closed=True)
    assert caught.value.metadata == {}
    assert "request_id" not in caught.value.message


@dataclass
class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Creates models once for each request id, and answers as `behave` says."""

    behave: Callable[[int, grpc.ServicerContext], object]
    tries: list[str] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)

    @override
    def CreateModel(
        self, request: pb.CreateModelRequest, context: grpc.ServicerContext
    ) -> model_pb2.Model:
        self.tries.append(request.request_id)
        uid = self.made.setdefault(request.request_id, f"uid-{len(self.made)}")
        self.behave(len(self.tries), context)
        return model_pb2.Model(name="namespaces/default/models/fraud", uid=uid)


@contextmanager
def serving(behave: Callable[[int, grpc.ServicerContext], object]) -> Iterator[tuple[Catalog, str]]:
    catalog = Catalog(behave)  # type: ignore[abstract]
    server = grpc.server(futures.ThreadPoolExecutor(4))
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(catalog, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield catalog, f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def create(target: str, flavour: str, timeout: float = 30.0, request_id: str = "") -> None:
    async def aio() -> None:
        async with AsyncClient(target, timeout=timeout) as client:
            await client.create_model("fraud", request_id=request_id)

    if flavour == "async":
        asyncio.run(aio())
        return
    with Client(target, timeout=timeout) as client:
        client.create_model("fraud", request_id=request_id)


def unanswered(context: grpc.ServicerContext, reason: str = "COMMIT_UNKNOWN") -> None:
    code = grpc.StatusCode.UNKNOWN if reason == "COMMIT_UNKNOWN" else grpc.StatusCode.UNAVAILABLE
    context.set_trailing_metadata((an_error_info(reason),))
    context.abort(code, reason)


@FLAVOURS
def test_an_unknown_outcome_is_settled_by_the_client_itself(flavour: str) -> None:
    def behave(tries: int, context: grpc.ServicerContext) -> None:
        if tries == 1:
            unanswered(context)
        if tries < 9:
            unanswered(context, "DATABASE_UNAVAILABLE")

    with serving(behave) as (catalog, target):
        create(target, flavour)
    assert len(catalog.tries) == 9
    assert len(catalog.made) == 1


@FLAVOURS
def test_what_cannot_be_settled_in_time_is_commit_unknown_with_the_id(flavour: str) -> None:
    with serving(lambda _, context: unanswered(context)) as (catalog, target):
        began = time.monotonic()
        with pytest.raises(errors.CommitUnknown) as caught:
            create(target, flavour, timeout=1.0, request_id=ID)
        assert time.monotonic() - began < 20
    assert caught.value.request_id == ID
    assert set(catalog.tries) == {ID}
    assert len(catalog.tries) > 1


@FLAVOURS
def test_a_deadline_leaves_the_outcome_of_a_change_unknown(flavour: str) -> None:
    released = threading.Event()
    with serving(lambda _tries, _context: released.wait(30)) as (_, target):
        with pytest.raises(errors.CommitUnknown, match="did not answer within") as caught:
            create(target, flavour, timeout=0.5, request_id=ID)
        released.set()
    assert caught.value.request_id == ID


@FLAVOURS
def test_without_a_server_nothing_is_in_doubt(flavour: str) -> None:
    with serving(lambda _tries, _context: None) as (_, target):
        pass
    with pytest.raises(errors.CannotConnect, match="connection refused"):
        create(target, flavour, timeout=0.5)


def test_closing_the_client_ends_a_change_in_doubt() -> None:
    released, asked = threading.Event(), threading.Event()

    def behave(_tries: int, _context: grpc.ServicerContext) -> None:
        asked.set()
        released.wait(30)

    with serving(behave) as (_, target), futures.ThreadPoolExecutor(1) as pool:
        client = Client(target, timeout=30)
        call = pool.submit(client.create_model, "fraud", request_id=ID)
        assert asked.wait(30)
        client.close()
        with pytest.raises(errors.CommitUnknown):
            call.result(timeout=30)
        released.set()
