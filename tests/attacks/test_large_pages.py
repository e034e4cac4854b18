"""Clients with gRPC's default limit of 4 MiB for a message can read every list to its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc import app as application
from registry_grpc.config import Settings
from registry_grpc.transport.methods import SERVICES
from tests.support.large_contents import LISTS, MODEL, NAMESPACE, fill
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

MOST_BYTES = 3 * 1_024 * 1_024
PAGED = {
    method.name
    for service in SERVICES
    for method in service.methods
    if "page_token" in method.input_type.fields_by_name
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stubs]:
    """A registry in which every list is long, and a client of it with gRPC's own limits."""
    folder: Path = tmp_path_factory.mktemp("large") / "registry"
    RegistryProcess(folder).start().stop()
    database = application.create_facts(Settings.load({"data_dir": folder}, {}))
    fill(database)
    database.dispose()
    server = RegistryProcess(folder).start()
    with connected(server.target) as stubs:
        yield stubs
    server.stop()


def items_of(reply: Message) -> list[Message]:
    """Return the items of a page."""
    (items,) = (
        getattr(reply, field.name)
        for field in reply.DESCRIPTOR.fields
        if field.is_repeated and field.message_type is not None
    )
    return list(items)


def test_every_list_of_the_contract_is_among_those_that_are_read() -> None:
    assert set(LISTS) == PAGED


@pytest.mark.parametrize("method", sorted(LISTS))
def test_a_list_is_read_page_by_page_with_the_limits_of_a_default_client(
    large: Stubs, method: str
) -> None:
    wanted, token, pages = LISTS[method], "", 0
    seen: list[bytes] = []
    while token or not pages:
        reply = getattr(large, method)(wanted.request(page_size=5_000, page_token=token))
        assert reply.ByteSize() <= MOST_BYTES
        items = items_of(reply)
        assert items or not seen
        seen += [item.SerializeToString() for item in items]
        token, pages = reply.next_page_token, pages + 1
    assert pages >= wanted.least
    assert len(seen) == len(set(seen)) == wanted.items


def test_a_version_larger_than_a_page_is_listed_without_detail_and_says_so(large: Stubs) -> None:
    reply = large.ListVersions(LISTS["ListVersions"].request(filter="number < 4"))
    marked = {version.number: version.detail_omitted for version in reply.versions}
    assert marked == {1: False, 2: False, 3: True}
    assert {version.number for version in reply.versions if version.params} == {1, 2}


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("audit", [False, True])
def test_the_trail_is_read_to_its_end_both_ways(
    large: Stubs, newest_first: bool, audit: bool
) -> None:
    seen, token = [], ""
    while True:
        request = lookup.ListChangesRequest(
            parent=NAMESPACE,
            models=[MODEL],
            page_size=1_000,
            page_token=token,
            newest_first=newest_first,
            audit=audit,
        )
        reply = large.ListChanges(request)
        assert reply.ByteSize() <= MOST_BYTES
        seen += [event.revision for event in reply.events]
        token = reply.next_page_token
        if not token:
            break
    assert len(seen) == 60
    assert seen == sorted(seen, reverse=newest_first)


def test_the_state_is_watched_in_messages_of_a_default_client(large: Stubs) -> None:
    request = lookup.WatchRequest(parent=NAMESPACE, initial_state=True)
    names = []
    for reply in large.Watch(request, timeout=60):
        assert reply.ByteSize() <= MOST_BYTES
        names += [event.name for event in reply.events]
        if reply.initial_state_complete:
            break
    assert len(names) == len(set(names)) == 1 + 61 + 61 + 999 + 2


def test_what_was_changed_is_watched_in_messages_of_a_default_client(large: Stubs) -> None:
    request = lookup.WatchRequest(parent=NAMESPACE, start_revision=1)
    seen = 0
    for reply in large.Watch(request, timeout=60):
        assert reply.ByteSize() <= MOST_BYTES
        seen += len(reply.events)
        if seen == 60:
            break
