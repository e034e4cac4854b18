"""The task that reports one instance for as long as it is open."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from modelregistry._async.background import Condition, TaskGroup
from modelregistry._async.long_lived import LongLivedConnection
from modelregistry._async.streams import MessageStream
from modelregistry._convert.deployment import (
    Served,
    first_report,
    interval_from_message,
    report_to_message,
)
from modelregistry._watching.retry import TRANSIENT, Backoff
from modelregistry._wire import fork
from modelregistry.errors import Cancelled, InstanceSuperseded, RegistryError
from modelregistry.types import ReporterState
from modelregistry.v1 import deployment_service_pb2 as pb

_LOG: Final = logging.getLogger("modelregistry")
_LONGEST_PAUSE_S: Final = 30.0
_END_S: Final = 2.0
"""How long `stop` waits until the registry knows that the instance has ended."""
_inherited: Final[list[object]] = []
"""Streams of a parent process, never freed: freeing their calls would use its connection."""


class _Attempt:
    """One stream of reports. changes: of the last report sent. over: whether the stream ended."""

    def __init__(self, interruptions: int) -> None:
        self.interruptions = interruptions
        self.stream: MessageStream[pb.ReportDeploymentsResponse] | None = None
        self.changes = 0
        self.sent = self.done = 0
        self.over = False

    def end(self) -> None:
        """End the stream. Safe from any thread."""
        self.over = True
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.cancel()


class InstanceReporter:
    """Reports what one instance serves, from a background task, and again after each failure.

    Nothing here waits for the registry, except `stop` for a moment. What several holders serve is
    reported together.
    """

    def __init__(
        self,
        connection: LongLivedConnection,
        parent: str,
        target: str,
        instance: str,
        ttl: timedelta,
    ) -> None:
        self._first = first_report(parent, target, instance, ttl)
        self._connection = connection
        self._condition = Condition()
        self._tasks = TaskGroup()
        self._backoff = Backoff(_LONGEST_PAUSE_S)
        self._served: dict[tuple[str, str], Served] = {}
        self._holders: dict[tuple[str, str], set[int]] = {}
        self._changes = 0
        self._ttl = ttl.total_seconds()
        self._interval = self._ttl / 3
        self._attempt: _Attempt | None = None
        self._error: RegistryError | None = None
        self._superseded = self._stopped = False
        fork.forget_in_child(self)

    def start(self) -> None:
        """Start the task, which connects once there is something to report."""
        self._tasks.start("report", self._repeat)

    def put(self, holder: object, served: Served) -> None:
        """Report a version, in place of an earlier one of the same key."""
        with self._condition:
            self._holders.setdefault(served.key, set()).add(id(holder))
            if self._served.get(served.key) == served:
                return
            self._served[served.key] = served
            self._changes += 1
        self._condition.notify_all()

    def remove(self, holder: object, key: tuple[str, str]) -> None:
        """Report that a version is served no longer, unless another holder serves it."""
        with self._condition:
            holders = self._holders.get(key, set())
            holders.discard(id(holder))
            if holders or key not in self._served:
                return
            del self._served[key], self._holders[key]
            self._changes += 1
        self._condition.notify_all()

    @property
    def state(self) -> ReporterState:
        """What the registry knows of the instance."""
        return ReporterState(
            target=self._first.target,
            instance=self._first.instance,
            current=self._is_current,
            error=self._error,
            superseded=self._superseded,
        )

    @property
    def _is_current(self) -> bool:
        attempt = self._attempt
        if attempt is None or attempt.over or attempt.changes != self._changes:
            return False
        return attempt.done == attempt.sent

    async def _repeat(self) -> None:
        while not self._stopped:
            try:
                await self._condition.wait_for(lambda: self._stopped or self._changes > 0)
                if not self._stopped:
                    await self._report()
            except Exception:  # noqa: BLE001 - the user's token function may raise anything
                target = self._connection.settings.target
                _LOG.exception("reports to %s: unexpected error; trying again", target)
                await self._condition.wait_for(lambda: self._stopped, _LONGEST_PAUSE_S)

    async def _report(self) -> None:
        """Report until the stream ends, and pause after an error."""
        attempt = self._attempt = _Attempt(self._connection.interruptions)
        try:
            stream = attempt.stream = await self._connection.report(self._requests(attempt))
            while not self._stopped:
                reply = await stream.next()
                interval = interval_from_message(reply, self._ttl)
                with self._condition:
                    self._interval, attempt.done = interval, reply.reports
                    self._error = None
                self._backoff.reset()
                self._condition.notify_all()
        except RegistryError as error:
            await self._pause_after(attempt, error)
        finally:
            attempt.end()
            self._condition.notify_all()

    async def _requests(self, attempt: _Attempt) -> AsyncIterator[pb.ReportDeploymentsRequest]:
        """Yield the messages of a stream: each change once the last one was applied, heartbeats."""
        while not attempt.over:
            yield self._next_request(attempt)
            await self._condition.wait_for(
                lambda: (
                    attempt.over
                    or (attempt.done == attempt.sent and attempt.changes != self._changes)
                ),
                self._interval,
            )

    def _next_request(self, attempt: _Attempt) -> pb.ReportDeploymentsRequest:
        request = pb.ReportDeploymentsRequest()
        with self._condition:
            if attempt.changes == self._changes or attempt.done != attempt.sent:
                return request
            if not attempt.sent:
                request.CopyFrom(self._first)
            request.report.CopyFrom(report_to_message(self._served.values()))
            attempt.changes, attempt.sent = self._changes, attempt.sent + 1
        return request

    async def _pause_after(self, attempt: _Attempt, error: RegistryError) -> None:
        attempt.over = True
        forked = attempt.interruptions != self._connection.interruptions
        if self._stopped or (forked and isinstance(error, Cancelled)):
            return  # this client ended the call
        with self._condition:
            known, self._error = self._error, error
            if isinstance(error, InstanceSuperseded):
                self._superseded = self._stopped = True
        self._condition.notify_all()
        if type(known) is not type(error):
            target = self._connection.settings.target
            _LOG.warning("reporting what is served to %s failed: %s", target, error)
        pause = self._backoff.pause_after(error)
        # Another report may succeed where this one was rejected.
        rejected = not isinstance(error, TRANSIENT)
        await self._condition.wait_for(
            lambda: self._stopped or (rejected and self._changes != attempt.changes), pause
        )

    async def stop(self) -> None:
        """Report that the instance has ended, if that takes but a moment, and stop."""
        with self._condition:
            self._served.clear()
            self._holders.clear()
            self._changes += 1
            attempt = self._attempt
        self._condition.notify_all()
        if attempt is not None and not attempt.over and attempt.sent:
            await self._condition.wait_for(lambda: attempt.over or self._is_current, _END_S)
        with self._condition:
            self._stopped = True
        if attempt is not None:
            attempt.end()
        self._condition.notify_all()
        await self._tasks.stop()

    def forget(self) -> None:
        """Stop in a forked child, which is no instance of its parent's name."""
        if self._attempt is not None:
            _inherited.append(self._attempt)
        self._attempt, self._stopped = None, True
        self._condition, self._tasks = Condition(), TaskGroup()
