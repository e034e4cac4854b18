"""Calls that last: watches, and the lookups that go with them."""

import grpc.aio

from modelregistry._async.connection import Connection
from modelregistry._async.line import Line, Question, begun, close_at_once
from modelregistry._async.methods import Methods
from modelregistry._wire import call as wire
from modelregistry._wire import fork
from modelregistry._wire.settings import Settings
from modelregistry.v1 import lookup_service_pb2 as pb


class LastingConnection(Connection):
    """A channel of its own, because a fork ends what runs on it.

    gRPC cannot be used in a forked child if any thread waited for a call at that moment, and a
    watch is always waited for. So its calls are ended before each fork, and none begins until it is
    over; whoever made them takes them up again.
    """

    def __init__(self, settings: Settings, channel: grpc.aio.Channel | None = None) -> None:
        super().__init__(settings, channel)
        self.interruptions = 0
        """How often that has happened."""
        fork.interrupt(self)

    async def watch(self, request: pb.WatchRequest) -> Line[pb.WatchResponse]:
        """Have changes one by one for as long as they come: no deadline."""
        call_id = wire.new_id()
        metadata = wire.metadata(call_id, await self._token())
        with fork.gate:
            call = self.stubs.lookup.Watch(request, metadata=metadata)
        return Line(call, call_id, self.settings.silence)

    async def resolve(
        self, request: pb.BatchResolveVersionsRequest
    ) -> Question[pb.BatchResolveVersionsResponse]:
        """Ask what references name, within the client's timeout, unless it is given up."""
        call_id, seconds = wire.new_id(), self.settings.timeout
        metadata = wire.metadata(call_id, await self._token())
        unanswered = f"{self.settings.target} did not answer within {seconds:g} seconds"
        with fork.gate:
            call = begun(self.stubs.lookup.BatchResolveVersions, request, seconds, metadata)
        return Question(call, call_id, unanswered)

    def before_fork(self) -> None:
        """End all calls."""
        self.interruptions += 1
        if self._given is None and self._opened is not None:
            opened, self._opened = self._opened, None
            close_at_once(opened.channel)


class LastingMethods(Methods):
    """What methods stand on whose calls last."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._lasting = LastingConnection(connection.settings, connection.given)
