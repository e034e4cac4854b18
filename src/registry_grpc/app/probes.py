"""Periodic checks of a process with a metrics endpoint, for its readiness and gauges.

Each function runs until it is cancelled. `background.watch_database` reports on the database.
"""

import asyncio
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from logging import WARNING

from registry_grpc import telemetry
from registry_grpc.app.sources import jitter
from registry_grpc.app.wiring import App
from registry_grpc.domain.errors import RegistryError, StorageFull
from registry_grpc.persistence.migrate import schema_state
from registry_grpc.persistence.schema_range import served_range

_BEAT_S = 1.0
_STORAGE_S = 15.0
_SCHEMA_S = 15.0
_USAGE_S = 60.0
_MOST_NAMESPACES = 100


async def beat(app: App) -> None:
    """Report that the event loop runs, for /healthz."""
    while True:
        app.readiness.beat()
        await asyncio.sleep(_BEAT_S)


async def watch_storage(app: App) -> None:
    """Report whether the blob store accepts bytes; each new state is logged."""

    def check() -> None:
        app.store.check()
        if app.space.blob_room == 0:
            raise StorageFull

    logged = ""
    while True:
        problem, cause = "", ""
        try:
            # Not in a pool for calls, all of whose threads may wait for the store.
            await asyncio.to_thread(check)
        except RegistryError as error:
            problem, cause = error.reason, error.cause
        except Exception as error:  # noqa: BLE001 - it is logged, and the next check follows
            telemetry.log_failure("the blob store could not be checked", error)
            problem = "INTERNAL"
        app.readiness.report("storage", problem)
        if problem != logged:
            _log_storage(problem, cause)
            logged = problem
        await asyncio.sleep(jitter(_STORAGE_S))


def _log_storage(problem: str, cause: str) -> None:
    if problem:
        fields = {"reason": problem, "cause": cause}
        telemetry.log("the blob store accepts no bytes", fields, level=WARNING)
    else:
        telemetry.log("the blob store accepts bytes again")


async def watch_schema(app: App) -> None:
    """Report whether this release serves the schema of the database."""
    while True:
        with _logged("the schema of the database could not be read"):
            try:
                state = await asyncio.to_thread(schema_state, app.settings.database_url)
            except RegistryError as error:
                app.readiness.report("schema", error.reason)
            else:
                app.readiness.report("schema", state.refusal() or "")
                app.metrics.operation.schema(str(state.revision), served_range())
        await asyncio.sleep(jitter(_SCHEMA_S))


async def watch_usage(app: App) -> None:
    """Update the use of namespaces, of the first hundred by id; keep the last one on failure."""
    app.metrics.operation.release(version("registry-grpc"), platform.python_version())
    while True:
        with _logged("the use of namespaces could not be read"):
            try:
                found = await asyncio.to_thread(app.usage.by_namespace, _MOST_NAMESPACES)
            except RegistryError:
                pass  # health reports it
            else:
                app.metrics.operation.use(found)
        await asyncio.sleep(jitter(_USAGE_S))


@contextmanager
def _logged(failure: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - after any failure the next check follows
        telemetry.log_failure(failure, error)


PROBES = (beat, watch_storage, watch_schema, watch_usage)
"""The tasks of a process with a metrics endpoint."""
