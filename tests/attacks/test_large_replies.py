"""Small requests with large replies: rejected with a reason, before the reply is built."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import psutil
import pytest
from google.protobuf.message import Message

from modelregistry import Client
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.content import a_model, a_version
from tests.support.http2.connection import Http2Connection, message
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal, refused

MIB = 1_024 * 1_024
FULL = version_pb2.VersionView.VERSION_VIEW_FULL
PARAMS = {f"p{number}": "v" * 4_000 for number in range(1_000)}
MOST_GROWTH = 64 * MIB


@pytest.fixture(scope="module")
def large(registry_process: RegistryProcess) -> str:
    """The short name of a model whose only version has 4 MB of parameters, as users register it."""
    return registered(registry_process)


def registered(server: RegistryProcess) -> str:
    """Register that version and return the short name of its model."""
    with Client(server.target) as registry:
        created = registry.create_model("large")
    with wide(server) as stubs:
        version = a_version(stubs, created.name, version=version_pb2.Version(params=PARAMS))
        assert version.detail_omitted
        assert not version.params
    return "large"


@contextmanager
def wide(server: RegistryProcess) -> Iterator[Stubs]:
    """A client that takes what the contract says is the most."""
    options = [("grpc.max_receive_message_length", 16 * MIB)]
    with grpc.insecure_channel(server.target, options) as channel:
        yield Stubs(channel)


@contextmanager
def bounded(server: RegistryProcess, growth: int = MOST_GROWTH) -> Iterator[None]:
    """Fail when the server's peak of memory rises by more meanwhile."""
    assert server.process is not None
    process = Path("/proc") / str(server.process.pid)
    before = psutil.Process(server.process.pid).memory_info().rss
    (process / "clear_refs").write_text("5")
    yield
    lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    peak = int(lines["VmHWM"].split()[0]) * 1_024
    assert peak - before <= growth, f"{(peak - before) / MIB:.0f} MiB"


def batch(short: str, count: int, view: version_pb2.VersionView.ValueType = FULL) -> Message:
    """A request of the same version, over and over."""
    return lookup.BatchResolveVersionsRequest(refs=[f"{short}/1"] * count, view=view)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("count", [2, 200, 1_000])
def test_a_batch_that_cannot_be_sent_is_refused_before_it_is_built(
    registry_process: RegistryProcess, stubs: Stubs, large: str, known: bool, count: int
) -> None:
    if known:
        with wide(registry_process) as others:
            others.ResolveVersion(lookup.ResolveVersionRequest(ref=f"{large}/1", view=FULL))
    else:  # a change of the model makes memory forget it
        stubs.UpdateModel(_described(large, str(count)))
    with bounded(registry_process):
        error = refused(stubs.BatchResolveVersions, batch(large, count))
    assert (error.code, error.reason) == ("RESOURCE_EXHAUSTED", "LIMIT_EXCEEDED")
    assert error.metadata["limit"] == "reply size in bytes"
    assert error.metadata["allowed"] == str(3 * MIB)
    assert int(error.metadata["given"]) > 4_000_000
    assert "BASIC" in error.message


def _described(short: str, text: str) -> catalog.UpdateModelRequest:
    request = catalog.UpdateModelRequest()
    request.model.name = f"namespaces/default/models/{short}"
    request.model.description = text
    request.update_mask.paths.append("description")
    return request


def test_equal_references_are_one_answer_many_times(stubs: Stubs, large: str) -> None:
    refs = [f"{large}/1", f"{large}@latest", "large@nothing", f"{large}/1"] * 250
    reply = stubs.BatchResolveVersions(lookup.BatchResolveVersionsRequest(refs=refs))
    assert [answer.ref for answer in reply.resolutions] == refs
    kinds = [answer.WhichOneof("result") for answer in reply.resolutions]
    assert kinds == ["version", "version", "error", "version"] * 250
    assert {answer.version.number for answer in reply.resolutions[::4]} == {1}


def test_a_default_client_reads_a_large_version_without_its_detail(
    stubs: Stubs, large: str
) -> None:
    name = f"namespaces/default/models/{large}/versions/1"
    request = catalog.GetVersionRequest(name=name, view=version_pb2.VersionView.VERSION_VIEW_BASIC)
    assert stubs.GetVersion(request).number == 1
    (listed,) = stubs.ListVersions(
        catalog.ListVersionsRequest(parent=f"namespaces/default/models/{large}", view=FULL)
    ).versions
    assert listed.detail_omitted


def test_the_sdk_reads_it_whole_everywhere(registry_process: RegistryProcess, large: str) -> None:
    with Client(registry_process.target) as registry:
        assert registry.get_version(f"{large}/1").params == PARAMS
        assert registry.resolve(f"{large}/1", full=True).params == PARAMS
        (listed,) = registry.list_versions(large, full=True)
        assert listed.params == PARAMS


def test_large_reads_at_once_stay_within_their_room_and_hold_up_nobody(
    registry_process: RegistryProcess, stubs: Stubs, large: str
) -> None:
    small = a_version(stubs, a_model(stubs, "small")).name
    calls = 40

    def read(number: int) -> str:
        # Each is read again: the model changes between them.
        if number % 8 == 0:
            stubs.UpdateModel(_described(large, f"again {number}"))
        request = catalog.GetVersionRequest(name=f"{large}/1")
        try:
            with wide(registry_process) as mine:
                return str(len(mine.GetVersion(request, timeout=110).params))
        except grpc.RpcError as error:
            return refusal(error).reason

    with bounded(registry_process, 2 * MOST_GROWTH + 64 * MIB), ThreadPoolExecutor(calls) as pool:
        reading = pool.map(read, range(calls))
        for _ in range(20):
            found = stubs.ResolveVersion(lookup.ResolveVersionRequest(ref="small/1"), timeout=60)
            assert found.version.name == small
        assert set(reading) <= {"1000", "SERVER_OVERLOADED"}


def test_a_record_that_could_not_be_read_back_is_not_registered(
    stubs: Stubs,
) -> None:
    model = a_model(stubs, "larger")
    slices = [
        version_pb2.SliceMetric(
            dimension="d" * 100, value=f"{number:0>250}", metric="m" * 100, result=1.0
        )
        for number in range(10_000)
    ]
    version = version_pb2.Version(params=PARAMS, slices=slices)
    with pytest.raises(grpc.RpcError) as caught:
        a_version(stubs, model, version=version)
    error = refusal(caught.value)
    assert (error.reason, error.metadata["limit"]) == ("LIMIT_EXCEEDED", "record size in bytes")
    assert error.metadata["allowed"] == str(8 * MIB)
    assert not stubs.ListVersions(catalog.ListVersionsRequest(parent=model)).versions


def test_records_that_are_moved_together_are_bounded(
    registry_process: RegistryProcess, stubs: Stubs
) -> None:
    model = a_model(stubs, "moving")
    versions = [
        a_version(stubs, model, version=version_pb2.Version(params=PARAMS)).name for _ in range(5)
    ]

    def check(names: Sequence[str]) -> governance.CheckTransitionRequest:
        moves = [governance.RequestedMove(version=name, to_stage="staging") for name in names]
        return governance.CheckTransitionRequest(moves=moves)

    with bounded(registry_process):
        error = refused(stubs.CheckTransition, check(versions))
    assert (error.reason, error.metadata["allowed"]) == ("LIMIT_EXCEEDED", str(16 * MIB))
    assert stubs.CheckTransition(check(versions[:1])).passed


def test_a_version_has_no_more_aliases_than_every_reply_can_show(stubs: Stubs) -> None:
    version = a_version(stubs, a_model(stubs, "named")).name

    def name(alias: str) -> catalog.SetAliasRequest:
        return catalog.SetAliasRequest(
            name=f"namespaces/default/models/named/aliases/{alias}", version=version
        )

    for number in range(1_000):
        stubs.SetAlias(name(f"a{number}"))
    error = refused(stubs.SetAlias, name("one-more"))
    assert (error.reason, error.metadata["limit"]) == ("LIMIT_EXCEEDED", "aliases of a version")


def test_replies_that_a_caller_does_not_read_are_bounded_and_hold_up_no_other(
    own_registry: RegistryProcess,
) -> None:
    server = own_registry.start()
    name = f"{registered(server)}/1"
    greedy, other = (server.token(who, "reader") for who in ("greedy", "other"))
    request = catalog.GetVersionRequest(name=name).SerializeToString()
    path = "modelregistry.v1.CatalogService/GetVersion"
    metadata = (("authorization", f"Bearer {other}"),)
    with (
        bounded(server, 128 * MIB),
        Http2Connection(server.target, grants=False) as connection,
        connected(server.target) as stubs,
    ):
        connection.pump(1)
        for _ in range(100):  # 400 MB, of which nothing is taken
            stream = connection.open(path, token=greedy)
            connection.send_all(stream, message(request), end=True)
        basic = catalog.GetVersionRequest(name=name, view=version_pb2.VERSION_VIEW_BASIC)
        for _ in range(10):
            assert stubs.GetVersion(basic, timeout=60, metadata=metadata).number == 1
        with wide(server) as others:
            read = others.GetVersion(
                catalog.GetVersionRequest(name=name), timeout=60, metadata=metadata
            )
        assert read.params == PARAMS
