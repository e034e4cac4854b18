"""`registry-grpc serve`."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from registry_grpc import app as application
from registry_grpc import telemetry
from registry_grpc.cli.options import Blobs, Database, DataDir, load_settings
from registry_grpc.config import Settings
from registry_grpc.workers import READY, Supervisor, reserved, supervise

# Without -P a file in the current folder could shadow a module.
_WORKER = (sys.executable, "-P", "-m", "registry_grpc", "serve", "--worker")


def serve(
    listen: Annotated[
        str | None, typer.Option(help="Address to listen on, HOST:PORT; port 0 picks a free one.")
    ] = None,
    data_dir: DataDir = None,
    database: Database = None,
    blobs: Blobs = None,
    metrics_listen: Annotated[
        str | None, typer.Option(help="Address of the /metrics endpoint, HOST:PORT.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Private key, PEM.")] = None,
    tls_client_ca: Annotated[
        Path | None, typer.Option(help="CA of client certificates, PEM.")
    ] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Allow plain text on any address.")
    ] = None,
    log_format: Annotated[str | None, typer.Option(help="Log format: console or json.")] = None,
    threads: Annotated[int | None, typer.Option(help="Number of threads for calls.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Number of processes that share the port.")
    ] = None,
    quota_gib: Annotated[
        int | None, typer.Option(help="Default storage quota of a namespace in GiB.")
    ] = None,
    gc_every: Annotated[
        int | None, typer.Option(help="Seconds between garbage collections.")
    ] = None,
    gc_grace: Annotated[
        int | None, typer.Option(help="Seconds between marking a blob and deleting it.")
    ] = None,
    watch_history: Annotated[
        int | None, typer.Option(help="Seconds of history that a watch can resume from.")
    ] = None,
    audit_history_days: Annotated[
        int | None, typer.Option(help="Retention of the audit trail in days; 0 keeps it forever.")
    ] = None,
    drain_delay: Annotated[
        int | None, typer.Option(help="Seconds between SIGTERM and refusing new calls.")
    ] = None,
    drain_grace: Annotated[
        int | None, typer.Option(help="Seconds that running calls get to finish.")
    ] = None,
    stream_idle: Annotated[
        int | None, typer.Option(help="Seconds without progress after which a stream is ended.")
    ] = None,
    caller_reads: Annotated[
        int | None, typer.Option(help="Maximum concurrent downloads of one caller.")
    ] = None,
    caller_writes: Annotated[
        int | None, typer.Option(help="Maximum concurrent upload streams of one caller.")
    ] = None,
    caller_watches: Annotated[
        int | None, typer.Option(help="Maximum concurrent watches of one caller.")
    ] = None,
    caller_uploads: Annotated[
        int | None, typer.Option(help="Maximum open uploads of one caller in a namespace.")
    ] = None,
    caller_uploads_gib: Annotated[
        int | None,
        typer.Option(help="Maximum declared size of the open uploads of one caller in GiB."),
    ] = None,
    worker: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the server until SIGTERM. Every option has a variable, such as REGISTRY_LISTEN."""
    settings = load_settings(
        listen=listen,
        data_dir=data_dir,
        database=database,
        blobs=blobs,
        metrics_listen=metrics_listen,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tls_client_ca=tls_client_ca,
        insecure=insecure,
        log_format=log_format,
        threads=threads,
        workers=workers,
        quota_gib=quota_gib,
        gc_every=_seconds(gc_every),
        gc_grace=_seconds(gc_grace),
        watch_history=_seconds(watch_history),
        audit_history_days=audit_history_days,
        drain_delay=_seconds(drain_delay),
        drain_grace=_seconds(drain_grace),
        stream_idle=_seconds(stream_idle),
        caller_reads=caller_reads,
        caller_writes=caller_writes,
        caller_watches=caller_watches,
        caller_uploads=caller_uploads,
        caller_uploads_gib=caller_uploads_gib,
    )
    if worker is not None:
        _work(settings, worker)
        return
    telemetry.configure_logging(settings.log_format)
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
        application.open_facts(settings).dispose()
        supervisor = Supervisor(replace(settings, listen=listen), _WORKER, os.environ)
        asyncio.run(supervise(supervisor, lambda: _log_listening(listen)))


def _work(settings: Settings, number: int) -> None:
    telemetry.configure_logging(settings.log_format, {"worker": number})
    # Only READY is written to the pipe, whatever else is printed.
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def report_ready(_: str) -> None:
        with pipe:
            pipe.write(READY)

    _serve(settings, report_ready, lifeline=sys.stdin.fileno())


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
