"""Runs each leased task in one process of the registry, and in another one when that dies."""

import asyncio
import time
from contextlib import suppress

from registry_grpc import telemetry
from registry_grpc.app.background import LEASED_TASKS
from registry_grpc.app.sources import jitter, uuid7
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.domain.consumer import Lease
from registry_grpc.domain.errors import DATABASE_OUTAGES, CommitUnknown
from registry_grpc.services.lease import LEASE_DURATION, LeaseLost, Leases

_KEEP_S = LEASE_DURATION.total_seconds() / 4
_RELEASE_S = 2.0
_Running = dict[Lease, "asyncio.Task[None]"]


async def run_leased_tasks(app: App) -> None:
    """Run the tasks that this process has leases on; release the leases when cancelled."""
    names = tasks_of(app.settings)
    believes = app.clock_guard.believes
    leases = Leases(app.database, names, uuid7().hex, time.monotonic, may_run=believes)
    running: _Running = {}
    try:
        while True:
            try:
                await asyncio.to_thread(leases.keep)
            except (*DATABASE_OUTAGES, CommitUnknown):
                pass  # health reports it; leases that are not renewed end
            except Exception as error:  # noqa: BLE001 - whatever it is, the next turn comes
                telemetry.log_failure("leases of background tasks could not be renewed", error)
            _follow(app, leases, running)
            await asyncio.sleep(jitter(_KEEP_S))
    finally:
        for task in running.values():
            task.cancel()
        with suppress(*DATABASE_OUTAGES, CommitUnknown, TimeoutError):
            # Else another process has to wait until they end.
            await asyncio.wait_for(asyncio.to_thread(leases.release), _RELEASE_S)


def tasks_of(settings: Settings) -> list[str]:
    """Return the names of the tasks that a server with these settings can run."""
    without = set() if settings.gc_every else {"tasks/garbage-collection"}
    return [name for name in LEASED_TASKS if name not in without]


def _follow(app: App, leases: Leases, running: _Running) -> None:
    """Start and cancel tasks, so that exactly the leased ones run."""
    held = set(leases.held)
    for lease in running.keys() - held:
        running[lease].cancel()
        _forget(lease, running)
    for lease in held - running.keys():
        telemetry.log("background task runs in this process", _fields(lease))
        running[lease] = asyncio.create_task(_run(app, leases, lease, running))


async def _run(app: App, leases: Leases, lease: Lease, running: _Running) -> None:
    try:
        await LEASED_TASKS[lease.name](app, leases, lease)
    except LeaseLost:
        # It starts again if no other process has taken the lease.
        _forget(lease, running)


def _forget(lease: Lease, running: _Running) -> None:
    if running.pop(lease, None) is not None:
        telemetry.log("the lease of a background task was lost", _fields(lease))


def _fields(lease: Lease) -> dict[str, object]:
    return {"task": lease.name.removeprefix("tasks/"), "epoch": lease.epoch}
