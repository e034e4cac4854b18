"""Refused calls leave nothing behind, without any collection of cycles."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from registry_grpc.domain.errors import ModelNotFound
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.guard import Context, Guard, end_call


class Held:
    """Stands for what a call holds."""


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def refused_by(refuse: Any) -> "weakref.ref[Held]":  # noqa: ANN401 - a handler of any call
    """Call a handler that refuses, and return what its frame held."""
    held: list[weakref.ref[Held]] = []

    async def handler(_: object, context: Context) -> bytes:
        mine = Held()
        held.append(weakref.ref(mine))
        await refuse(context)
        return b""

    server = grpc.aio.server()
    method: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_unary_rpc_method_handler(handler)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("a", {"b": method})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/a/b")
        with pytest.raises(grpc.aio.AioRpcError):
            await call(b"")
        for _ in range(500):
            if held[0]() is None:
                break
            await asyncio.sleep(0.01)
    await server.stop(None)
    return held[0]


@pytest.mark.usefixtures("no_collection")
def test_a_call_that_was_ended_is_let_go() -> None:
    async def refuse(context: Context) -> None:
        await end_call(context, grpc.StatusCode.NOT_FOUND, "unknown")

    assert asyncio.run(refused_by(refuse))() is None


@pytest.mark.usefixtures("no_collection")
def test_a_call_that_its_guard_refused_is_let_go() -> None:
    async def refuse(context: Context) -> None:
        async with Guard("a/b", context, Metrics()):
            raise ModelNotFound("namespaces/default/models/none")

    assert asyncio.run(refused_by(refuse))() is None
