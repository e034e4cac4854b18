"""More watches in one process than one connection takes."""

import time
from contextlib import ExitStack

import grpc
import pytest

from modelregistry import AsyncClient, Client
from modelregistry._wire.lanes import MOST_STREAMS
from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.transport.connection_watches import MOST_WATCHES
from tests.support.server import RegistryProcess, registry_process
from tests.support.stubs import connected, refusal

__all__ = ["registry_process"]

MANY = MOST_WATCHES + 1
SECONDS = 60.0  # a watch that waited for another's end would wait for ever


async def test_a_process_opens_more_watches_than_one_connection_takes(
    registry_process: RegistryProcess,
) -> None:
    async with AsyncClient(registry_process.target, timeout=SECONDS) as registry:
        watches = [registry.watch(initial_state=True) for _ in range(MANY)]
        for watch in watches:
            assert (await anext(aiter(watch))) is not None
        # Other calls of the process still find room on its connection.
        begun = time.monotonic()
        await registry.create_model(f"beside-{MANY}")
        assert time.monotonic() - begun < SECONDS
        for watch in watches:
            await watch.close()


def test_clients_of_one_process_share_the_connections(registry_process: RegistryProcess) -> None:
    with ExitStack() as held:
        first = held.enter_context(Client(registry_process.target, timeout=SECONDS))
        second = held.enter_context(Client(registry_process.target, timeout=SECONDS))
        watches = [
            held.enter_context((first, second)[number % 2].watch(initial_state=True))
            for number in range(MANY)
        ]
        for watch in watches:
            assert next(iter(watch)) is not None
        second.create_model("beside-two-clients")


def test_one_watch_too_many_on_one_connection_has_a_reason(
    registry_process: RegistryProcess,
) -> None:
    with connected(registry_process.target) as stubs:
        request = pb.WatchRequest(parent="namespaces/default", initial_state=True)
        watches = [stubs.Watch(request) for _ in range(MOST_WATCHES)]
        for watch in watches:
            next(watch)
        with pytest.raises(grpc.RpcError) as caught:
            next(stubs.Watch(request))
        found = refusal(caught.value)
        assert (found.reason, found.metadata["limit"]) == (
            "CALLER_LIMIT_EXCEEDED",
            "watches on one connection",
        )
        stubs.ListChanges(pb.ListChangesRequest(parent="namespaces/default"))
        watches.pop().cancel()
        until_one_more(stubs, request)
        for watch in watches:
            watch.cancel()


def until_one_more(stubs: object, request: pb.WatchRequest) -> None:
    """Return when a watch is accepted again."""
    deadline = time.monotonic() + SECONDS
    while True:
        watch = stubs.Watch(request)  # type: ignore[attr-defined]
        try:
            next(watch)
        except grpc.RpcError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            watch.cancel()
            return


def test_the_client_leaves_room_for_other_calls() -> None:
    assert MOST_STREAMS <= MOST_WATCHES - 100
