# Generated from _async/watch.py by scripts/generate_sync.py: never edit this.
"""Watches of changes."""

import logging
import time
from collections import deque
from types import TracebackType
from typing import Final, Self

from modelregistry._convert.change import WatchOrder, restart_from_error
from modelregistry._convert.requested import RequestedChanges
from modelregistry._sync.background import Condition
from modelregistry._sync.long_lived import LongLivedConnection
from modelregistry._sync.streams import MessageStream
from modelregistry._watching.cursor import Cursor
from modelregistry._watching.retry import WatchRetryPolicy, resume_revision
from modelregistry._wire import fork
from modelregistry.errors import HistoryChanged, RegistryError
from modelregistry.types import Changes
from modelregistry.v1 import lookup_service_pb2 as pb

_LOG: Final = logging.getLogger("modelregistry")

_inherited: list[MessageStream[pb.WatchResponse] | None] = []
"""Calls of a parent process, never freed: freeing one would use its connection."""


class Watch:
    """Changes as they happen, message by message. Made by `watch` of a client.

    Iteration waits for the next message, without a time limit. When a connection breaks, the watch
    reconnects after a pause and resumes after the last message: it delivers every change exactly
    once, in order. It also reconnects after 30 seconds without a message, because an idle registry
    sends bookmarks.

    When the registry was restored from a backup, earlier changes may not have happened in it. The
    watch then delivers a message that is `restarted`, and starts again with the present state, as
    with `initial_state`.

    An error that a new attempt cannot cure is raised and ends the watch: RevisionCompacted,
    NamespaceNotFound, PermissionDenied and so on; RevisionNotReached when the registry does not
    reach the revision within the client's timeout; Unavailable when no message arrives within the
    timeout after the start; MalformedReply for a message that violates the contract.

    A watch has one reader at a time. `close` may be called from any thread or task; the end of a
    `with` block calls it too.
    """

    def __init__(self, connection: LongLivedConnection, request: pb.WatchRequest) -> None:
        self._connection = connection
        self._request = request
        self._asked = RequestedChanges(request)
        self._cursor: Cursor[Changes] = Cursor(
            request.start_revision, request.history_id, initial_state=request.initial_state
        )
        self._retry = WatchRetryPolicy(connection.settings.timeout, time.monotonic())
        self._ready: deque[Changes] = deque()
        self._order = WatchOrder(self._asked)
        self._stream: MessageStream[pb.WatchResponse] | None = None
        self._closed = False
        self._condition = Condition()
        fork.forget_in_child(self)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Changes:
        while not self._closed:
            if self._ready:
                return self._ready.popleft()
            try:
                message = self._message()
                self._take(self._order.check(message))
            except RegistryError as error:
                self._pause_after(error)
        raise StopIteration

    def _message(self) -> pb.WatchResponse:
        stream = self._stream or self._connect()
        return stream.next()

    def _connect(self) -> MessageStream[pb.WatchResponse]:
        self._cursor.connect()
        self._order = WatchOrder(self._asked)
        self._request.start_revision = self._cursor.start_revision
        self._request.history_id = self._cursor.history_id
        self._request.initial_state = self._cursor.initial_state
        stream = self._stream = self._connection.watch(self._request)
        if self._closed:  # meanwhile
            self._disconnect()
        return stream

    def _take(self, changes: Changes) -> None:
        if self._cursor.is_from_other_history(changes):
            problem = "the watch continues in another history"
            raise HistoryChanged(
                problem,
                metadata={"history_id": changes.history_id, "revision": str(changes.revision)},
            )
        self._retry.record_message(has_news=bool(changes.events))
        self._ready.extend(self._cursor.accept(changes))

    def _pause_after(self, error: RegistryError) -> None:
        self._disconnect()
        try:
            if not self._closed:
                pause = self._pause(error)
                self._condition.wait_for(lambda: self._closed, pause)
        except RegistryError:
            self._closed = True
            raise

    def _pause(self, error: RegistryError) -> float:
        """Prepare the next attempt; return the seconds to wait, or raise what ends the watch."""
        if isinstance(error, HistoryChanged):
            restarted = restart_from_error(error)
            _LOG.warning(
                "the registry was restored from a backup (now at %s): reading the present state",
                restarted.position,
            )
            self._cursor.restart()
            self._ready.append(restarted)
            return self._retry.backoff.pause_after(error)
        self._cursor.resume_at(resume_revision(error))
        return self._retry.pause_after(error, time.monotonic())

    def _disconnect(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()

    def forget(self) -> None:
        """Drop the call of the parent process, in a forked child, which makes one of its own."""
        _inherited.append(self._stream)
        self._stream, self._condition = None, Condition()

    def close(self) -> None:
        """Close the watch, which ends the iteration. Closing twice is harmless."""
        self._closed = True
        self._disconnect()
        self._condition.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
