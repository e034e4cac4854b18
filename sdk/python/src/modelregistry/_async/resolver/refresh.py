"""The task that looks references up again when their answers are not current."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from modelregistry._async.concurrency import run_blocking
from modelregistry._async.resolver.state import SharedState
from modelregistry._async.resolver.watch import REPLICA_LAG_S, WatchReader
from modelregistry._async.streams import CancellableCall
from modelregistry._convert.resolution import answers_from_message, redirects_from_message
from modelregistry._convert.route import whole_route_from_message
from modelregistry._convert.version import version_to_document
from modelregistry._local.last_known import LastKnown
from modelregistry._watching.resolution import (
    NO_REVISION,
    ROUTE,
    Answer,
    Resolution,
    resolves_to_none,
)
from modelregistry._watching.resolution_table import Lookup, split
from modelregistry._watching.retry import TRANSIENT, WatchRetryPolicy
from modelregistry._watching.route_table import RouteTable
from modelregistry.errors import (
    Cancelled,
    HistoryChanged,
    ModelRenamed,
    RegistryError,
    RevisionNotReached,
)
from modelregistry.types import Route, Version
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1.route_pb2 import Route as RouteMessage
from modelregistry.v1.route_service_pb2 import GetRouteRequest

_SAVE_EVERY_S: Final = 60.0
"""The recorded age of a saved answer is wrong by no more than this."""
_ACTIVITY: Final = "resolving references at"
_Call: TypeAlias = CancellableCall[pb.BatchResolveVersionsResponse] | CancellableCall[RouteMessage]


class Refresher:
    """Looks up what the resolution table needs, with one call at a time.

    References that become pending during a call are looked up together in the next one.
    """

    def __init__(
        self,
        state: SharedState,
        reader: WatchReader,
        last_known: LastKnown,
        notify: Callable[[Sequence[Resolution]], None],
    ) -> None:
        """notify: called, with the condition held, with the resolutions whose version changed."""
        self._state = state
        self._reader = reader
        self._last_known = last_known
        self._notify = notify
        self._call: _Call | None = None
        self._interruptions = 0
        self._saved: dict[str, Answer] = {}
        self._next_save = time.monotonic() + _SAVE_EVERY_S
        limit = min(REPLICA_LAG_S, state.connection.settings.timeout)
        self._retry = WatchRetryPolicy(limit, time.monotonic())
        self._retry.record_message(has_news=True)

    async def step(self) -> None:
        """Wait until references are pending, and look them up."""
        state = self._state
        until_save = max(0.0, self._next_save - time.monotonic())
        await state.condition.wait_for(lambda: state.stopped or state.table.has_pending, until_save)
        if state.stopped:
            return
        with state.condition:
            lookup = state.table.next_lookup(time.monotonic())
        if lookup is not None:
            await self._look_up(lookup)
        if time.monotonic() >= self._next_save:
            self._next_save = time.monotonic() + _SAVE_EVERY_S
            self._saved.clear()
            await self._save([each for each in state.table.resolutions if self._is_fresh(each)])

    async def _look_up(self, lookup: Lookup) -> None:
        routes, others = split(lookup)
        if routes is not None:
            await self._read_routes(routes)
        if others is None:
            return
        try:
            reply = await self._resolve(others)
            refs = [resolution.ref for resolution in others.resolutions]
            answers = answers_from_message(reply, refs, lookup.min_revision)
            targets = redirects_from_message(reply)
        except RegistryError as error:
            await self._pause_after_failure(others, error)
            return
        await self._apply(others, answers, reply.revision, reply.history_id, targets)
        await self._save(others.resolutions)
        await self._pause_after(answers)

    async def _apply(
        self,
        lookup: Lookup,
        answers: Sequence[Answer],
        revision: int,
        history: str,
        targets: Sequence[str],
    ) -> None:
        state = self._state
        with state.condition:
            changed = state.table.apply_answers(lookup, answers, revision, history, targets)
            self._notify(changed)
        state.condition.notify_all()
        self._reader.reconnect_if_outdated()

    async def _read_routes(self, lookup: Lookup) -> None:
        """Read routes that are followed as a whole, one after the other."""
        for resolution in lookup.resolutions:
            one = replace(lookup, resolutions=[resolution])
            answer: Answer
            name, target = resolution.ref.removeprefix(ROUTE), ""
            try:
                try:
                    route = await self._read_route(one, name)
                except ModelRenamed as renamed:  # the former name leads to the route
                    target = renamed.metadata["model"]
                    name = f"{target}/routes/{name.rpartition('/')[2]}"
                    route = await self._read_route(one, name)
                answer, revision, history = RouteTable(route), route.revision, route.history_id
            except RegistryError as error:
                if not resolves_to_none(error):
                    await self._pause_after_failure(one, error)
                    return
                answer, revision, history = error, NO_REVISION, ""
            # The reply reflects the required revision, or a later one.
            await self._apply(one, [answer], max(revision, one.min_revision), history, [target])
            await self._pause_after([answer])

    async def _read_route(self, lookup: Lookup, name: str) -> Route:
        connection = self._state.connection
        request = GetRouteRequest(
            name=name,
            min_revision=lookup.min_revision,
            history_id=lookup.history if lookup.min_revision else "",
        )
        self._interruptions = connection.interruptions
        call = self._call = await connection.read_route(request)
        if self._state.stopped:  # while the call started
            self.cancel()
        return whole_route_from_message(await call.result(), name)

    async def _resolve(self, lookup: Lookup) -> pb.BatchResolveVersionsResponse:
        connection = self._state.connection
        request = pb.BatchResolveVersionsRequest(
            refs=[resolution.ref for resolution in lookup.resolutions],
            min_revision=lookup.min_revision,
            history_id=lookup.history if lookup.min_revision else "",
        )
        self._interruptions = connection.interruptions
        call = self._call = await connection.resolve(request)
        if self._state.stopped:  # while the call started
            self.cancel()
        return await call.result()

    async def _pause_after(self, answers: Sequence[Answer]) -> None:
        failed = [answer for answer in answers if isinstance(answer, TRANSIENT)]
        if failed:
            self._state.record_failure(_ACTIVITY, failed[0])
            await self._state.pause(self._retry.backoff.pause_after(failed[0]))
        else:
            self._state.record_success(_ACTIVITY)
            self._retry.record_message(has_news=True)

    async def _pause_after_failure(self, lookup: Lookup, error: RegistryError) -> None:
        state = self._state
        forked = self._interruptions != state.connection.interruptions
        if state.stopped or (forked and isinstance(error, Cancelled)):
            return
        try:
            pause = self._retry.pause_after(error, time.monotonic())
        except RegistryError:
            with state.condition:
                if isinstance(error, RevisionNotReached | HistoryChanged):
                    state.table.reset()
                else:
                    state.table.apply_refusal(lookup, error)
            self._reader.reconnect_if_outdated()
            pause = self._retry.backoff.pause_after(error)
        state.record_failure(_ACTIVITY, error)
        await state.pause(pause)

    def cancel(self) -> None:
        """End the call that is in progress. Safe from any thread."""
        if self._call is not None:
            self._call.cancel()

    def _is_fresh(self, resolution: Resolution) -> bool:
        return not self._state.table.position.is_stale(resolution, time.monotonic())

    async def _save(self, resolutions: Sequence[Resolution]) -> None:
        for resolution in resolutions:
            answer = resolution.answer
            if resolution.ref.startswith(ROUTE):
                continue
            if answer is not None and answer != self._saved.get(resolution.ref):
                self._saved[resolution.ref] = answer
                await run_blocking(self._write, resolution, answer)

    def _write(self, resolution: Resolution, answer: Answer) -> None:
        position = self._state.table.position
        age = position.age(resolution, time.monotonic())
        if isinstance(answer, Version):
            document = version_to_document(answer)
            self._last_known.write(
                resolution.ref, document, resolution.revision, age, position.history
            )
        elif resolves_to_none(answer):
            self._last_known.remove(resolution.ref)
