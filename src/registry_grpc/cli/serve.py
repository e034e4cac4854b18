"""`registry-grpc serve`."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer
import uvloop

from registry_grpc import app as application
from registry_grpc import telemetry
from registry_grpc.cli.server_flags import takes_server_flags
from registry_grpc.config import Settings
from registry_grpc.workers import READY, Supervisor, reserved, supervise

# Without -P a file in the current folder could shadow a module.
_WORKER = (sys.executable, "-P", "-m", "registry_grpc", "serve", "--worker")


@takes_server_flags
def serve(
    settings: Settings,
    worker: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the server until SIGTERM. Every option has a variable, such as REGISTRY_LISTEN."""
    if worker is not None:
        _work(settings, worker)
        return
    telemetry.configure_logging(settings.log_format, settings.log_level)
    shown = settings.described()
    places = {name: shown[name] for name in ("data_dir", "database", "blobs")}
    telemetry.log("starting", places)
    if settings.insecure and not settings.on_loopback:
        telemetry.log("plain text beyond loopback: tokens and models are sent unencrypted")
    if settings.workers > 1:
        _supervise(settings)
    else:
        _serve(settings, _log_listening)


def _serve(settings: Settings, started: Callable[[str], None], lifeline: int | None = None) -> None:
    # Imported here, because other commands and the supervisor of workers must not load gRPC.
    from registry_grpc.app.serving import serve as serving  # noqa: PLC0415

    uvloop.run(serving(settings, started, lifeline=lifeline))


def _log_listening(where: str) -> None:
    telemetry.log(f"listening on {where}")


def _supervise(settings: Settings) -> None:
    with reserved(settings.listen) as listen:
        # Migrated once, before several workers would.
        application.create_facts(settings).dispose()
        supervisor = Supervisor(replace(settings, listen=listen), _WORKER, os.environ)
        asyncio.run(supervise(supervisor, lambda: _log_listening(listen)))


def _work(settings: Settings, number: int) -> None:
    telemetry.configure_logging(settings.log_format, settings.log_level, {"worker": number})
    # Only READY is written to the pipe, whatever else is printed.
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def report_ready(_: str) -> None:
        with pipe:
            pipe.write(READY)

    _serve(settings, report_ready, lifeline=sys.stdin.fileno())
