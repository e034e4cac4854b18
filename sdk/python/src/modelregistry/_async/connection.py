"""The connection: one channel, opened at the first call, and the ways to make calls on it."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from modelregistry._async.concurrency import (
    Scope,
    Stream,
    call,
    is_connected,
    run_blocking,
    sleep,
)
from modelregistry._local import interruption
from modelregistry._secret import Secret
from modelregistry._wire import call as wire
from modelregistry._wire import channel as behaviour
from modelregistry._wire import failure, fork, methods, reading
from modelregistry._wire.connecting import FirstConnection
from modelregistry._wire.decoding import answered, bounded
from modelregistry._wire.mutation_retry import MutationRetryPolicy
from modelregistry._wire.settings import Settings
from modelregistry.errors import (
    CannotConnect,
    ClientClosed,
    DeadlineExceeded,
    RegistryError,
    Unauthenticated,
)
from modelregistry.v1 import artifact_service_pb2 as pb
from modelregistry.v1 import artifact_service_pb2_grpc as artifact_grpc
from modelregistry.v1 import catalog_service_pb2_grpc as catalog_grpc
from modelregistry.v1 import deployment_service_pb2_grpc as deployment_grpc
from modelregistry.v1 import governance_service_pb2_grpc as governance_grpc
from modelregistry.v1 import lineage_service_pb2_grpc as lineage_grpc
from modelregistry.v1 import lookup_service_pb2_grpc as lookup_grpc
from modelregistry.v1 import monitoring_service_pb2_grpc as monitoring_grpc
from modelregistry.v1 import route_service_pb2_grpc as route_grpc

_HEALTH: Final = "/grpc.health.v1.Health/Check"
_PROBE_S: Final = 0.5
_WRITE_UPLOAD: Final = "/modelregistry.v1.ArtifactService/WriteUpload"
Request = TypeVar("Request")
Reply = TypeVar("Reply", bound=Message)
Reply_co = TypeVar("Reply_co", covariant=True)


class Replies(Protocol[Reply_co]):
    """A call with a stream of replies."""

    def __aiter__(self) -> AsyncIterator[Reply_co]:
        """Iterate over the replies."""

    def cancel(self) -> object:
        """End the call."""


@dataclass(frozen=True, slots=True)
class Stubs:
    """The generated stubs on the client's channel, for methods that the client does not wrap.

    They use protobuf messages and raise gRPC's errors; callers pass the `metadata`.
    """

    catalog: catalog_grpc.CatalogServiceAsyncStub
    artifacts: artifact_grpc.ArtifactServiceAsyncStub
    lookup: lookup_grpc.LookupServiceAsyncStub
    governance: governance_grpc.GovernanceServiceAsyncStub
    lineage: lineage_grpc.LineageServiceAsyncStub
    routes: route_grpc.RouteServiceAsyncStub
    deployments: deployment_grpc.DeploymentServiceAsyncStub
    monitoring: monitoring_grpc.MonitoringServiceAsyncStub
    write_upload: grpc.aio.StreamStreamMultiCallable[bytes, pb.WriteUploadResponse]
    """`artifacts.WriteUpload` for encoded requests."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A channel, and the process that may use it."""

    channel: grpc.aio.Channel
    stubs: Stubs
    process: int


def _stubs_on(channel: grpc.aio.Channel) -> Stubs:
    return Stubs(
        catalog_grpc.CatalogServiceStub(channel),
        artifact_grpc.ArtifactServiceStub(channel),
        lookup_grpc.LookupServiceStub(channel),
        governance_grpc.GovernanceServiceStub(channel),
        lineage_grpc.LineageServiceStub(channel),
        route_grpc.RouteServiceStub(channel),
        deployment_grpc.DeploymentServiceStub(channel),
        monitoring_grpc.MonitoringServiceStub(channel),
        channel.stream_stream(
            _WRITE_UPLOAD, response_deserializer=pb.WriteUploadResponse.FromString
        ),
    )


def opened_on(channel: grpc.aio.Channel) -> Opened:
    """Return a channel of this process, with stubs that parse replies within bounds."""
    return Opened(channel, _stubs_on(bounded(channel)), os.getpid())


inherited: list[Opened] = []
"""Channels of a parent process, never freed: freeing one would use it."""


class Connection:
    """One channel, and the ways to make calls on it.

    It may be shared between threads, and used after `fork`: the child opens a channel of its own. A
    channel that was passed in belongs to the caller, which keeps it from children and closes it.
    """

    def __init__(self, settings: Settings, channel: grpc.aio.Channel | None = None) -> None:
        self.settings = settings
        self._given = channel
        self._opened: Opened | None = None
        self._closed = False
        # A channel that was passed in has an owner who knows of its connection.
        self._was_connected = channel is not None
        self._lock = threading.Lock()
        fork.forget_in_child(self)

    @property
    def given(self) -> grpc.aio.Channel | None:
        """The channel that was passed in."""
        return self._given

    @property
    def raw(self) -> Stubs:
        """Stubs that parse replies as gRPC does; raises ClientClosed after `close`."""
        return _stubs_on(self._present().channel)

    @property
    def stubs(self) -> Stubs:
        """Stubs that parse replies within bounds; raises ClientClosed after `close`."""
        return self._present().stubs

    def _present(self) -> Opened:
        if self._closed:
            message = "the client is closed"
            raise ClientClosed(message)
        opened = self._opened
        if opened is None or opened.process != os.getpid():
            with self._lock:
                opened = self._opened = self._opened or self._open()
        return opened

    def _open(self) -> Opened:
        return opened_on(self._given or self._new_channel())

    def _new_channel(self, connection: int = 0) -> grpc.aio.Channel:
        target, options = self.settings.target, behaviour.options(self.settings, connection)
        if self.settings.plaintext:
            return grpc.aio.insecure_channel(target, options)
        credentials = behaviour.credentials(self.settings.tls)
        return grpc.aio.secure_channel(target, credentials, options)

    def forget(self) -> None:
        """Drop the channel of the parent process, in a forked child."""
        self._lock = threading.Lock()  # another thread of the parent may have held it
        if self._opened is not None:
            inherited.append(self._opened)
            self._opened = None
            self._was_connected = self._given is not None

    async def close(self) -> None:
        """Close the channel, and end the calls on it."""
        self._closed = True
        opened, self._opened = self._opened, None
        if opened is not None and self._given is None:
            await opened.channel.close()

    async def unary(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Reply],
        request: Request,
        *,
        timeout: float | None = None,
    ) -> Reply:
        """Make one call, within `timeout` seconds or the client's default.

        A change is repeated with the same request id until its outcome is known; raises
        CommitUnknown when it stays unknown.
        """
        seconds = timeout or self.settings.timeout
        if not methods.changes(request):
            return await self._try(method, request, wire.new_id(), seconds)
        request_id = methods.request_id(request)
        call_id, retry = request_id or wire.new_id(), MutationRetryPolicy(request_id, seconds)
        while True:
            try:
                return await self._try(method, request, call_id, retry.left)
            except RegistryError as error:
                connected = not isinstance(error, DeadlineExceeded) or await self._is_connected()
                closed = self._closed or interruption.is_stopped()
                pause = retry.pause_after(error, connected=connected, closed=closed)
            await sleep(pause)

    async def _try(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Reply],
        request: Request,
        call_id: str,
        seconds: float,
    ) -> Reply:
        token = await self._token()
        metadata, is_new_token = wire.metadata(call_id, token), False
        first = (
            None if self._was_connected else FirstConnection(seconds, self.settings.connect_timeout)
        )
        while True:
            left = first.left if first else seconds
            try:
                # A call that waits for no connection fails with the reason why there is none.
                reply = await call(
                    method, request, timeout=left, metadata=metadata, fail_fast=first is not None
                )
            except grpc.RpcError as error:
                unanswered = f"{self.settings.target} did not answer within {seconds:g} seconds"
                failed = failure.from_rpc_error(error, call_id, unanswered)
                if first is not None and isinstance(failed, DeadlineExceeded):
                    failed = await self._reason(call_id) or failed
                # The call may have waited for a connection while its token was replaced.
                expired = isinstance(failed, Unauthenticated) and not is_new_token
                if expired and (now := await self._token()) != token:
                    metadata, is_new_token = wire.metadata(call_id, now), True
                    continue
                if first is None or not isinstance(failed, CannotConnect):
                    raise failed from error
                pause = first.pause_after(failed)
            else:
                self._was_connected = True
                reading.count(answered(reply, call_id))
                return reply
            await sleep(pause)

    async def _reason(self, call_id: str) -> CannotConnect | None:
        """Return why there is no connection, which a read loses when its deadline ends a retry."""
        if await self._is_connected():
            return None
        # A method that the service config does not name: gRPC does not repeat the call.
        channel = self._present().channel
        probe: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_HEALTH)
        try:
            await call(probe, b"", timeout=_PROBE_S, metadata=(), fail_fast=True)
        except grpc.RpcError as error:
            failed = failure.from_rpc_error(error, call_id)
            return failed if isinstance(failed, CannotConnect) else None
        return None

    async def _is_connected(self) -> bool:
        opened = self._opened
        return opened is not None and await is_connected(opened.channel)

    async def read(
        self,
        method: grpc.aio.UnaryStreamMultiCallable[Request, Reply],
        request: Request,
        scope: Scope,
    ) -> Stream[Reply]:
        """Make a call with a stream of replies, and yield them."""
        call_id = wire.new_id()
        metadata = wire.metadata(call_id, await self._token())
        call = method(request, timeout=self._stream_timeout, metadata=metadata)
        async with aclosing(_replies(call, call_id, scope)) as replies:
            async for reply in replies:
                yield reply

    async def exchange(
        self,
        method: grpc.aio.StreamStreamMultiCallable[Request, Reply],
        requests: AsyncIterator[Request],
        scope: Scope,
    ) -> Stream[Reply]:
        """Send a stream of requests, and yield the replies meanwhile."""
        call_id = wire.new_id()
        metadata = wire.metadata(call_id, await self._token())
        call = method(requests, timeout=self._stream_timeout, metadata=metadata)
        async with aclosing(_replies(call, call_id, scope)) as replies:
            async for reply in replies:
                yield reply

    @property
    def _stream_timeout(self) -> float:
        # Long enough to transfer much, short enough to detect a server that stopped: a stream that
        # made progress before its deadline is resumed.
        return 10 * self.settings.timeout

    async def _token(self) -> str | None:
        token = self.settings.token
        if isinstance(token, Secret):
            return token.reveal()
        return None if token is None else await run_blocking(token)


async def _replies(call: Replies[Reply], call_id: str, scope: Scope) -> Stream[Reply]:
    try:
        with scope.tracking(call):
            async for reply in call:
                yield answered(reply, call_id)
    except grpc.RpcError as error:
        raise failure.from_broken_stream(error, call_id) from error
