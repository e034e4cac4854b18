"""The messages of one stream of reports and heartbeats.

Thousands of these streams are open, and nearly all of their messages are empty: so a heartbeat
passes through as little as can be.
"""

import asyncio
import time
from typing import Any, Final, Protocol

from google.protobuf.message import Message

from registry_grpc.transport.frame import encode
from registry_grpc.transport.guard import Context
from registry_grpc.transport.incomplete_messages import MessageRead
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.stream_writer import StreamWriter
from registry_grpc.transport.supervision import Supervision

_BURST: Final = 10
"""The messages of a stream that are read at once; then one is read each second."""


class ReportStream(Protocol):
    """What the messages of a stream do."""

    async def report(self, message: Any) -> Message | None:  # noqa: ANN401 - a message of the method
        """Apply a message that is not empty; return the reply if there is one."""

    def heartbeat(self) -> Message | None:
        """Take an empty message; return the reply if there is one."""

    def close(self) -> None:
        """End, at the end of the stream."""


class ReportMessages:
    """Reads the messages of one stream, and writes the replies."""

    def __init__(
        self, pipeline: Pipeline, method: Method, context: Context, supervision: Supervision
    ) -> None:
        self._pipeline = pipeline
        self._method = method
        self._context = context
        self._supervision = supervision

    async def handle(self, stream: ReportStream, first: Message, reading: MessageRead) -> None:
        """Answer the first message and all further ones, until the end of the stream."""
        writer, pace = StreamWriter(self._context, self._supervision), _Pace()
        reply: Message | None = await stream.report(first)
        while True:
            if reply is not None:
                await writer.write(encode(reply))
            if (ahead := pace.ahead()) > 0:
                await asyncio.sleep(ahead)
            encoded = await self._context.read()
            if not isinstance(encoded, bytes):  # the end of the stream
                return
            reading.delivered(len(encoded))
            self._supervision.progressed()
            if encoded:
                self._method.require_size(encoded)
                # The resource of a stream is that of its first message.
                reply = await stream.report(await self._pipeline.parsed(self._method, encoded))
            else:
                reply = stream.heartbeat()


class _Pace:
    """Limits the rate at which the messages of one stream are read."""

    def __init__(self) -> None:
        self._due = 0.0

    def ahead(self) -> float:
        """Return the seconds until the next message may be read."""
        now = time.monotonic()
        self._due = max(self._due, now) + 1.0
        return self._due - now - _BURST
