"""The task that looks references up again when their answers are not current."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from modelregistry._async.concurrency import run_blocking
from modelregistry._async.resolver.state import SharedState
from modelregistry._async.resolver.watch import REPLICA_LAG_S, WatchReader
from modelregistry._async.streams import CancellableCall
from modelregistry._convert import checked
from modelregistry._convert.known_answer import answer_to_document
from modelregistry._convert.resolution import answers_from_message, redirects_from_message
from modelregistry._convert.route import whole_route_from_message
from modelregistry._local.last_known import LastKnown
from modelregistry._watching.resolution import (
    NO_REVISION,
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
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.types import Route
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1.route_pb2 import Route as RouteMessage
from modelregistry.v1.route_service_pb2 import GetRouteRequest

_SAVE_EVERY_S: Final = 60.0
"""The recorded age of a saved answer is wrong by no more than this."""
_ACTIVITY: Final = "resolving references at"
_Call: TypeAlias = CancellableCall[pb.BatchResolveVersionsResponse] | CancellableCall[RouteMessage]


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error of a lookup; lookup: None when it is the transient answer for one reference."""

    lookup: Lookup | None
    error: RegistryError


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
        failed = [] if others is None else await self._look_up_references(others)
        if routes is not None:
            failed += await self._read_routes(routes)
        await self._pause_after(failed)

    async def _look_up_references(self, lookup: Lookup) -> list[_Failure]:
        try:
            reply = await self._resolve(lookup)
            refs = [resolution.ref for resolution in lookup.resolutions]
            answers = answers_from_message(reply, refs, lookup.min_revision)
            targets = redirects_from_message(reply)
        except RegistryError as error:
            return self._failed(lookup, error)
        await self._apply(lookup, answers, reply.revision, reply.history_id, targets)
        await self._save(lookup.resolutions)
        return [_Failure(None, answer) for answer in answers if isinstance(answer, TRANSIENT)][:1]

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

    async def _read_routes(self, lookup: Lookup) -> list[_Failure]:
        """Read routes that are followed as a whole, one after the other.

        A route that the registry refuses to return does not keep the others from being read.
        """
        failed: list[_Failure] = []
        for resolution in lookup.resolutions:
            one = replace(lookup, resolutions=[resolution])
            answer: Answer
            name, target = resolution.ref.removeprefix(FOLLOWED_ROUTE), ""
            try:
                try:
                    route = await self._read_route(one, name)
                except ModelRenamed as renamed:  # the former name leads to the route
                    target = checked.model_name(renamed.metadata.get("model", ""), "model")
                    name = f"{target}/routes/{name.rpartition('/')[2]}"
                    route = await self._read_route(one, name)
                answer, revision, history = RouteTable(route), route.revision, route.history_id
            except RegistryError as error:
                if not resolves_to_none(error):
                    failed += self._failed(one, error)
                    if isinstance(error, TRANSIENT):
                        break
                    continue
                answer, revision, history = error, NO_REVISION, ""
            # The reply reflects the required revision, or a later one.
            await self._apply(one, [answer], max(revision, one.min_revision), history, [target])
            await self._save([resolution])
        return failed

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

    def _failed(self, lookup: Lookup, error: RegistryError) -> list[_Failure]:
        """Return the failure of a lookup; none when its call was ended for a stop or a fork."""
        state = self._state
        forked = self._interruptions != state.connection.interruptions
        ended = state.stopped or (forked and isinstance(error, Cancelled))
        return [] if ended else [_Failure(lookup, error)]

    async def _pause_after(self, failed: Sequence[_Failure]) -> None:
        """Wait before the next lookup if something failed."""
        if not failed:
            self._state.record_success(_ACTIVITY)
            self._retry.record_message(has_news=True)
            return
        pause = max(self._pause_of(each) for each in failed)
        self._state.record_failure(_ACTIVITY, failed[0].error)
        await self._state.pause(pause)

    def _pause_of(self, failure: _Failure) -> float:
        """Return the seconds to wait after a failure; record a refusal of the lookup."""
        state, lookup, error = self._state, failure.lookup, failure.error
        if lookup is None:
            return self._retry.backoff.pause_after(error)
        try:
            return self._retry.pause_after(error, time.monotonic())
        except RegistryError:
            with state.condition:
                if isinstance(error, RevisionNotReached | HistoryChanged):
                    state.table.reset()
                else:
                    state.table.apply_refusal(lookup, error)
            self._reader.reconnect_if_outdated()
            return self._retry.backoff.pause_after(error)

    def cancel(self) -> None:
        """End the call that is in progress. Safe from any thread."""
        if self._call is not None:
            self._call.cancel()

    def _is_fresh(self, resolution: Resolution) -> bool:
        return not self._state.table.position.is_stale(resolution, time.monotonic())

    async def _save(self, resolutions: Sequence[Resolution]) -> None:
        for resolution in resolutions:
            answer = resolution.answer
            if answer is not None and answer != self._saved.get(resolution.ref):
                self._saved[resolution.ref] = answer
                await run_blocking(self._write, resolution, answer)

    def _write(self, resolution: Resolution, answer: Answer) -> None:
        position = self._state.table.position
        age = position.age(resolution, time.monotonic())
        if resolves_to_none(answer):
            self._last_known.remove(resolution.ref)
        elif not isinstance(answer, RegistryError):
            found = answer.route if isinstance(answer, RouteTable) else answer
            self._last_known.write(
                resolution.ref,
                answer_to_document(found),
                resolution.revision,
                age,
                position.history,
            )
