"""The channel: retries, deadlines, waiting, forks."""

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager

import grpc
import pytest
from google.protobuf.descriptor_pb2 import MethodOptions
from typing_extensions import override

from modelregistry import AsyncClient, Client, errors
from modelregistry._wire import channel
from modelregistry._wire.settings import complete
from modelregistry.v1 import (
    artifact_service_pb2,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    deployment_service_pb2,
    governance_service_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
    model_pb2,
    monitoring_service_pb2,
    route_service_pb2,
)

NO_SIDE_EFFECTS = MethodOptions.NO_SIDE_EFFECTS
METHODS = {
    (service.full_name, method.name): method
    for file in (
        artifact_service_pb2,
        catalog_service_pb2,
        governance_service_pb2,
        lineage_service_pb2,
        lookup_service_pb2,
        route_service_pb2,
        deployment_service_pb2,
        monitoring_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


def test_the_service_config_names_every_unary_method_once() -> None:
    config = json.loads(json.dumps(channel.SERVICE_CONFIG))["methodConfig"]
    reads, changes = ([(name["service"], name["method"]) for name in e["name"]] for e in config)
    unary = [
        key
        for key, method in METHODS.items()
        if not method.client_streaming and not method.server_streaming
    ]
    assert sorted([*reads, *changes]) == sorted(unary)
    assert all(METHODS[key].GetOptions().idempotency_level == NO_SIDE_EFFECTS for key in reads)
    assert all(METHODS[key].GetOptions().idempotency_level != NO_SIDE_EFFECTS for key in changes)


def test_only_reads_are_retried_by_grpc_and_only_when_unavailable() -> None:
    options = dict(channel.options(complete("localhost:1")))
    config = json.loads(str(options["grpc.service_config"]))
    reads, changes = config["methodConfig"]
    assert reads["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE", "CANCELLED"]
    assert reads["retryPolicy"]["maxAttempts"] == 5
    assert "retryPolicy" not in changes
    assert reads["waitForReady"] is changes["waitForReady"] is True
    assert options["grpc.service_config_disable_resolution"] == 1


class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Answers GetModel with the given replies, and records its requests."""

    def __init__(self, behaviour: Callable[[grpc.ServicerContext], None]) -> None:
        self.behaviour = behaviour
        self.metadata: list[dict[str, str | bytes]] = []

    @override
    def GetModel(
        self, request: catalog_service_pb2.GetModelRequest, context: grpc.ServicerContext
    ) -> model_pb2.Model:
        self.metadata.append(dict(context.invocation_metadata()))
        self.behaviour(context)
        return model_pb2.Model(name=request.name)


@contextmanager
def serving(
    behaviour: Callable[[grpc.ServicerContext], None], port: int = 0
) -> Iterator[tuple[Catalog, int]]:
    catalog = Catalog(behaviour)  # type: ignore[abstract]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(catalog, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield catalog, bound
    finally:
        server.stop(None).wait()


def get_model(target: str, flavour: str, timeout: float) -> str:
    async def aio() -> str:
        async with AsyncClient(target, timeout=timeout) as client:
            return (await client.get_model("fraud")).id

    if flavour == "async":
        return asyncio.run(aio())
    with Client(target, timeout=timeout) as client:
        return client.get_model("fraud").id


def failing(times: int, code: grpc.StatusCode) -> Callable[[grpc.ServicerContext], None]:
    left = [times]

    def behave(context: grpc.ServicerContext) -> None:
        if left[0]:
            left[0] -= 1
            context.abort(code, "not now")

    return behave


BOTH = pytest.mark.parametrize("flavour", ["sync", "async"])


@BOTH
def test_unavailable_is_tried_again_with_the_same_request_id(flavour: str) -> None:
    with serving(failing(2, grpc.StatusCode.UNAVAILABLE)) as (catalog, port):
        assert get_model(f"127.0.0.1:{port}", flavour, 10) == "fraud"
    assert len(catalog.metadata) == 3
    assert len({seen["x-request-id"] for seen in catalog.metadata}) == 1
    assert str(catalog.metadata[0]["user-agent"]).startswith("modelregistry-python/")


@BOTH
def test_other_failures_are_not_tried_again(flavour: str) -> None:
    with serving(failing(1, grpc.StatusCode.ABORTED)) as (catalog, port):
        with pytest.raises(errors.Conflict):
            get_model(f"127.0.0.1:{port}", flavour, 10)
        assert len(catalog.metadata) == 1


@BOTH
def test_a_call_ends_at_its_deadline(flavour: str) -> None:
    released = threading.Event()

    def wait(_: grpc.ServicerContext) -> None:
        released.wait(10)

    with serving(wait) as (_, port):
        with pytest.raises(errors.DeadlineExceeded, match=r"did not answer within 0\.3 seconds"):
            get_model(f"127.0.0.1:{port}", flavour, 0.3)
        released.set()


@BOTH
def test_a_call_waits_for_a_server_that_is_not_there_yet(flavour: str) -> None:
    with serving(lambda _: None) as (_, port):
        pass
    with futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(get_model, f"127.0.0.1:{port}", flavour, 20)
        with serving(lambda _: None, port):
            assert waiting.result(timeout=20) == "fraud"


def test_a_client_survives_a_restart_of_the_server() -> None:
    with serving(lambda _: None) as (_, port):
        client = Client(f"127.0.0.1:{port}", timeout=20)
        client.get_model("fraud")
    with client, serving(lambda _: None, port):
        assert client.get_model("fraud").id == "fraud"


FORKING = """
    import os, sys
    from modelregistry import Client
    client = Client(sys.argv[1], timeout=10)
    client.get_model("before")
    child = os.fork()
    if child == 0:
        client.get_model("in-the-child")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    client.get_model("after")
    client.close()
    sys.exit(status)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_client_works_in_a_forked_child_and_still_in_its_parent() -> None:
    with serving(lambda _: None) as (catalog, port):
        program = [sys.executable, "-c", textwrap.dedent(FORKING), f"127.0.0.1:{port}"]
        done = subprocess.run(program, timeout=60, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert len(catalog.metadata) == 3


def test_a_token_function_is_asked_before_each_call() -> None:
    tokens = iter(["one", "two"])
    with serving(lambda _: None) as (catalog, port):
        with Client(f"127.0.0.1:{port}", token=lambda: next(tokens)) as client:
            client.get_model("fraud")
            client.get_model("fraud")
        seen = [metadata["authorization"] for metadata in catalog.metadata]
    assert seen == ["Bearer one", "Bearer two"]
