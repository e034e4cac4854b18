"""Calls that outlast other calls: watches, and the lookups of resolvers."""

from collections.abc import AsyncIterator
from typing import Final
from weakref import finalize

import grpc.aio

from modelregistry._async.connection import Connection, Opened, Stubs, inherited, opened_on
from modelregistry._async.methods import Methods
from modelregistry._async.streams import (
    CancellableCall,
    MessageStream,
    close_channel,
    start_call,
)
from modelregistry._wire import call as wire
from modelregistry._wire import fork
from modelregistry._wire.lanes import LANES
from modelregistry._wire.settings import Settings
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1.deployment_service_pb2 import (
    ReportDeploymentsRequest,
    ReportDeploymentsResponse,
)
from modelregistry.v1.route_pb2 import Route
from modelregistry.v1.route_service_pb2 import GetRouteRequest

_SILENCE_OF_REPORTS_S: Final = 86_400.0
"""Keepalive detects a lost connection; the registry has nothing to say while nothing changes."""


class LongLivedConnection(Connection):
    """Separate channels for calls that a fork interrupts.

    A forked child cannot use gRPC if any thread waited for a call at the moment of the fork, and a
    thread always waits for a watch. So this connection ends its calls before each fork and starts
    none until the fork is over; their callers start them again.
    """

    def __init__(self, settings: Settings, channel: grpc.aio.Channel | None = None) -> None:
        super().__init__(settings, channel)
        self.interruptions = 0
        """How many forks have interrupted it."""
        self._beside: dict[int, Opened] = {}  # further connections by number, see `lanes`
        fork.call_before_fork(self)

    async def watch(self, request: pb.WatchRequest) -> MessageStream[pb.WatchResponse]:
        """Start a watch, which has no deadline."""
        call_id = wire.new_id()
        metadata = wire.metadata(call_id, await self._token())
        entry = LANES.enter(self.settings.target)
        try:
            with fork.gate:
                stubs = self._stubs_of(entry.number)
                call = stubs.lookup.Watch(request, metadata=metadata)
            stream = MessageStream(call, call_id, self.settings.silence)
        except BaseException:
            entry.leave()
            raise
        finalize(stream, entry.leave).atexit = False
        return stream

    async def report(
        self, requests: AsyncIterator[ReportDeploymentsRequest]
    ) -> MessageStream[ReportDeploymentsResponse]:
        """Start to report deployments, without a deadline. The registry replies to reports only."""
        call_id = wire.new_id()
        metadata = wire.metadata(call_id, await self._token())
        entry = LANES.enter(self.settings.target)
        try:
            with fork.gate:
                stubs = self._stubs_of(entry.number)
                call = stubs.deployments.ReportDeployments(requests, metadata=metadata)
            stream = MessageStream(call, call_id, _SILENCE_OF_REPORTS_S)
        except BaseException:
            entry.leave()
            raise
        finalize(stream, entry.leave).atexit = False
        return stream

    def _stubs_of(self, number: int) -> Stubs:
        """Return the stubs on a connection of this process; a channel that was passed in is one."""
        stubs = self.stubs  # raises ClientClosed
        if not number or self._given is not None:
            return stubs
        with self._lock:
            if number not in self._beside:
                self._beside[number] = opened_on(self._new_channel(number))
            return self._beside[number].stubs

    async def resolve(
        self, request: pb.BatchResolveVersionsRequest
    ) -> CancellableCall[pb.BatchResolveVersionsResponse]:
        """Start to resolve references, within the client's timeout."""
        call_id, seconds = wire.new_id(), self.settings.timeout
        metadata = wire.metadata(call_id, await self._token())
        unanswered = f"{self.settings.target} did not answer within {seconds:g} seconds"
        with fork.gate:
            call = start_call(self.stubs.lookup.BatchResolveVersions, request, seconds, metadata)
        return CancellableCall(call, call_id, unanswered)

    async def read_route(self, request: GetRouteRequest) -> CancellableCall[Route]:
        """Start to read a route, within the client's timeout."""
        call_id, seconds = wire.new_id(), self.settings.timeout
        metadata = wire.metadata(call_id, await self._token())
        unanswered = f"{self.settings.target} did not answer within {seconds:g} seconds"
        with fork.gate:
            call = start_call(self.stubs.routes.GetRoute, request, seconds, metadata)
        return CancellableCall(call, call_id, unanswered)

    def before_fork(self) -> None:
        """End all calls. Called before each fork."""
        self.interruptions += 1
        beside, self._beside = self._beside, {}
        for further in beside.values():
            close_channel(further.channel)
        if self._given is None and self._opened is not None:
            opened, self._opened = self._opened, None
            close_channel(opened.channel)

    def forget(self) -> None:
        """Drop the channels of the parent process, in a forked child."""
        super().forget()
        inherited.extend(self._beside.values())
        self._beside = {}

    async def close(self) -> None:
        """Close all channels, and end the calls on them."""
        await super().close()
        beside, self._beside = self._beside, {}
        for further in beside.values():
            await further.channel.close()


class LongLivedMethods(Methods):
    """The base of methods that use long-lived calls."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._long_lived = LongLivedConnection(connection.settings, connection.given)
