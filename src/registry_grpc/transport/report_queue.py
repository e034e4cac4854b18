"""Combines the reports of many instances into few transactions."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.limits import KIB
from registry_grpc.services.deployment import Applied, Deployments
from registry_grpc.services.deployment_report import Report
from registry_grpc.transport.threads import Threads

_TOGETHER: Final = 64
_BYTES: Final = 64 * KIB
"""The approximate bytes of the reports of one transaction, unless a single one has more."""
_Waiting = tuple[Report, "asyncio.Future[Applied]"]


class ReportQueue:
    """Applies reports, those that wait together in one transaction. Used from one event loop."""

    def __init__(self, deployments: Deployments, threads: Threads) -> None:
        self._deployments = deployments
        self._threads = threads
        self._waiting: deque[_Waiting] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def apply(self, report: Report) -> Applied:
        """Apply a report with others; raise its error."""
        outcome: asyncio.Future[Applied] = asyncio.get_running_loop().create_future()
        self._waiting.append((report, outcome))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await outcome

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._apply(self._next())
        finally:
            self._worker = None

    def _next(self) -> Sequence[_Waiting]:
        """Return the next reports, in the order in which all transactions lock their instances."""
        batch, size = [self._waiting.popleft()], 0
        while self._waiting and len(batch) < _TOGETHER:
            size += self._waiting[0][0].size
            if size > _BYTES:
                break
            batch.append(self._waiting.popleft())
        return sorted(batch, key=lambda one: one[0].key)

    async def _apply(self, batch: Sequence[_Waiting]) -> None:
        batch = [one for one in batch if not one[1].done()]  # others were cancelled
        if not batch:
            return
        reports = [report for report, _ in batch]
        try:
            outcomes = await self._threads.run(self._deployments.apply, reports)
        except Exception as error:  # noqa: BLE001 - raised where the streams are served
            if isinstance(error, RegistryError) and len(batch) > 1:
                # Perhaps of one of them only.
                for one in batch:
                    await self._apply([one])
                return
            outcomes = [error] * len(batch)  # type: ignore[list-item]
        for (_, waiting), outcome in zip(batch, outcomes, strict=True):
            if waiting.done():
                continue
            if isinstance(outcome, Exception):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome)
