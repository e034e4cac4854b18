"""The task that reads the watch."""

import time
from typing import Final

from modelregistry._async.resolver.state import SharedState
from modelregistry._async.streams import MessageStream
from modelregistry._convert.change import progress_from_message
from modelregistry._convert.requested import RequestedChanges
from modelregistry._watching.retry import WatchRetryPolicy, resume_revision
from modelregistry._watching.watch_position import WatchPlan
from modelregistry.errors import (
    Cancelled,
    HistoryChanged,
    RegistryError,
    RevisionCompacted,
    RevisionNotReached,
)
from modelregistry.v1 import lookup_service_pb2 as pb

REPLICA_LAG_S: Final = 5.0
"""How long a replica may take to reach a revision that another one has reported."""
_ACTIVITY: Final = "watching"


class WatchReader:
    """Applies the messages of the watch to the resolution table, and resumes the watch.

    It never gives up: a registry that is unavailable may return, and so may a permission.
    """

    def __init__(self, state: SharedState) -> None:
        self._state = state
        self._plan: WatchPlan | None = None
        self._stream: MessageStream[pb.WatchResponse] | None = None
        self._interruptions = 0
        self._retry = self._new_retry_policy()

    def _new_retry_policy(self) -> WatchRetryPolicy:
        limit = min(REPLICA_LAG_S, self._state.connection.settings.timeout)
        policy = WatchRetryPolicy(limit, time.monotonic())
        policy.record_message(has_news=True)
        return policy

    async def step(self) -> None:
        """Read the watch until its connection ends."""
        state, table = self._state, self._state.table
        await state.condition.wait_for(lambda: state.stopped or bool(table.models))
        if state.stopped:
            return
        with state.condition:
            plan = self._plan = table.position.next_plan(table.models)
        try:
            await self._read(plan)
        except RegistryError as error:
            await self._pause_after(error)
        finally:
            self.disconnect()

    async def _read(self, plan: WatchPlan) -> None:
        state = self._state
        request = pb.WatchRequest(
            parent=plan.parent,
            models=plan.listed_models,
            start_revision=plan.start_revision,
            history_id=plan.history if plan.start_revision else "",
        )
        asked = RequestedChanges(request)
        self._interruptions = state.connection.interruptions
        stream = self._stream = await state.connection.watch(request)
        while not (state.stopped or state.table.is_outdated(plan)):
            revision, changed, history = progress_from_message(await stream.next(), asked)
            with state.condition:
                state.table.apply_message(plan, revision, changed, time.monotonic(), history)
            self._retry.record_message(has_news=bool(changed))
            state.record_success(_ACTIVITY)
            state.condition.notify_all()

    async def _pause_after(self, error: RegistryError) -> None:
        state, table = self._state, self._state.table
        if state.stopped or (isinstance(error, Cancelled) and self._was_interrupted):
            return  # this client ended the call, and connects again at once
        with state.condition:
            table.disconnect()
            table.position.resume_at(resume_revision(error))
        state.record_failure(_ACTIVITY, error)
        try:
            pause = self._retry.pause_after(error, time.monotonic())
        except RegistryError:
            if isinstance(error, RevisionCompacted | RevisionNotReached | HistoryChanged):
                with state.condition:
                    table.reset()
                state.condition.notify_all()
                self._retry = self._new_retry_policy()
            pause = self._retry.backoff.pause_after(error)
        await state.pause(pause)

    @property
    def _was_interrupted(self) -> bool:
        forked = self._interruptions != self._state.connection.interruptions
        return forked or self._stream is None  # `disconnect` was called

    def reconnect_if_outdated(self) -> None:
        """End the connection if another one would report more. Safe from any thread."""
        if self._plan is not None and self._state.table.is_outdated(self._plan):
            self.disconnect()

    def disconnect(self) -> None:
        """End the connection. Safe from any thread."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()
