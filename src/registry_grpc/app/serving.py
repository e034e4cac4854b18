"""Runs a server from its start to the end of its drain."""

import asyncio
import gc
import signal
from collections.abc import Callable
from functools import partial

from registry_grpc import config, telemetry
from registry_grpc.app.background import BACKGROUND_TASKS
from registry_grpc.app.leasing import run_leased_tasks
from registry_grpc.app.probes import PROBES
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.telemetry.readiness import PARTS


async def serve(
    settings: Settings, started: Callable[[str], None], *, lifeline: int | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, then drain. `started` is called with HOST:PORT.

    lifeline: the descriptor of a pipe without data; the server also drains when it is closed.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if lifeline is not None:
        _at_end_of(lifeline, stop.set)
    app = App.build(settings)
    stop_metrics = _serve_metrics(app)
    probes = PROBES if settings.metrics_listen else ()
    tasks = (*BACKGROUND_TASKS, *probes, run_leased_tasks)
    background = [asyncio.create_task(task(app)) for task in tasks]
    try:
        port = await app.start()
        # Objects of the start stay until the end: later collections can skip them.
        gc.collect()
        gc.freeze()
        host, _ = config.split_listen("listen", settings.listen)
        started(config.join_listen(host, port))
        await stop.wait()
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await app.stop()
        stop_metrics()


def _at_end_of(lifeline: int, stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(lifeline)  # or it would be called again and again
        stop()

    loop.add_reader(lifeline, ended)


def _serve_metrics(app: App) -> Callable[[], None]:
    if not app.settings.metrics_listen:
        return lambda: None
    host, port = config.split_listen("metrics-listen", app.settings.metrics_listen)
    try:
        endpoint = telemetry.Endpoint(host, port, app.metrics.registry, app.readiness)
    except OSError as error:
        message = (
            f"metrics-listen: cannot listen on {config.join_listen(host, port)}: "
            f"{error.strerror}; choose another port with --metrics-listen"
        )
        raise OSError(message) from error
    for part in PARTS:
        usable = partial(_usable, app, part)
        app.metrics.operation.ready(part, usable)
    listen = config.join_listen(host, endpoint.port)
    telemetry.log("metrics", {"listen": listen, "path": "/metrics"})
    return endpoint.close


def _usable(app: App, part: str) -> float:
    return float(not app.readiness.problem(part))
