"""Writes the replies of one stream."""

from registry_grpc.transport.guard import Context
from registry_grpc.transport.read_cache import Reply
from registry_grpc.transport.supervision import Supervision


class StreamWriter:
    """Writes the replies of one stream, each after the previous one was sent."""

    def __init__(self, context: Context, supervision: Supervision) -> None:
        self._context = context
        self._supervision = supervision
        self._started = False

    async def write(self, reply: Reply) -> None:
        """Write a reply and wait until it is sent."""
        if not self._started:
            # gRPC would send the initial metadata with the first message, and record that only once
            # the message is read: it would reject a status after an unread message.
            self._started = True
            await self._context.send_initial_metadata(())
        await self._supervision.sending(self._context.write(reply))
