"""Reporters that flood, or leave messages unfinished."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from hyperframe import frame as frames

from modelregistry import Client
from modelregistry.v1 import deployment_service_pb2 as pb
from tests.support.content import MIB
from tests.support.http2.connection import Http2Connection, message
from tests.support.refusals.deployment import report, served
from tests.support.server import RegistryProcess
from tests.support.stubs import connected
from tests.support.watched import Watched

REPORT = "modelregistry.v1.DeploymentService/ReportDeployments"
STREAMS = 64
LARGEST = 16 * MIB
ROOM = 64 * MIB
"""The time between two checks, on a busy machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryProcess]:
    """A server with the versions fraud/1 and fraud/2."""
    made = RegistryProcess(tmp_path / "registry").start()
    with Client(made.target, cache=False) as client:
        for number in range(2):
            client.push("fraud", Path(__file__), tags={"n": str(number)}, source=None)
    yield made
    made.stop()


def test_a_flood_of_reports_is_read_once_a_second(server: RegistryProcess) -> None:
    def flood() -> Iterator[pb.ReportDeploymentsRequest]:
        yield report(served("fraud/1"))
        for number in itertools.cycle((2, 1)):
            stated = pb.DeploymentReport(deployments=[served(f"fraud/{number}")])
            yield pb.ReportDeploymentsRequest(report=stated)

    with connected(server.target) as stubs, Client(server.target) as client:
        began = time.monotonic()
        replies = stubs.ReportDeployments(flood())
        count = 0
        for _ in replies:
            count += 1
            passed = time.monotonic() - began
            assert count <= 11 + passed
            if count > 13:
                break
        replies.cancel()
        # Every one of them is a change, and there are no others.
        assert len(list(client.list_changes(action="deployment."))) == count


def test_a_reporter_that_stops_reading_is_dead(server: RegistryProcess) -> None:
    """Its replies cannot be sent, so nothing more of it is read: its instance expires."""
    nothing = {frames.SettingsFrame.INITIAL_WINDOW_SIZE: 0}
    with (
        Http2Connection(server.target, settings=nothing, grants=False) as connection,
        Client(server.target, cache=False) as client,
        Watched(server) as watched,
    ):
        connection.pump(1)
        stream = connection.open(REPORT)
        first = report(served("fraud/1"), ttl=Duration(seconds=5)).SerializeToString()
        connection.send_all(stream, message(first))
        until = time.monotonic() + 60
        while not list(client.list_deployments()):
            assert time.monotonic() < until
        while list(client.list_deployments()):
            assert time.monotonic() < until, "it lives on"
            connection.send(stream, message(b""))
            connection.pump(0.2)
        assert connection.answers[stream].data == b""
        connection.grant(stream, 1_024)  # what waited comes, and then the status
        assert connection.answer(stream).reason == "STREAM_IDLE"
        assert watched.failed == []
        actions = [one.action for one in client.list_changes(action="deployment.")]
    assert sorted(actions) == ["deployment.expire", "deployment.start"]


def test_half_reports_are_ended(server: RegistryProcess) -> None:
    with Http2Connection(server.target) as connection:
        connection.pump(1)
        left = {}
        for number in range(STREAMS):
            stream = connection.open(REPORT)
            first = report(served("fraud/1"), instance=str(number)).SerializeToString()
            connection.send_all(stream, message(first))
            left[stream] = LARGEST - 1
        until = time.monotonic() + 30
        while any(not connection.answers[stream].data for stream in left):
            assert time.monotonic() < until
            connection.pump(0.1)
        with Watched(server) as watched:
            for stream in left:
                connection.send(stream, message(b"", LARGEST))
            until = time.monotonic() + 30
            while not all(connection.answers[stream].over for stream in left):
                assert time.monotonic() < until, "the half messages stay"
                for stream, rest in left.items():
                    if not connection.answers[stream].over:
                        left[stream] -= connection.send(stream, bytes(min(MIB, rest)))
                    connection.pump()
                time.sleep(0.01)
        assert {connection.answers[stream].reason for stream in left} <= {
            "CALLER_LIMIT_EXCEEDED",
            "LIMIT_EXCEEDED",
        }
        assert watched.growth <= LARGEST + ROOM
        assert watched.failed == []
