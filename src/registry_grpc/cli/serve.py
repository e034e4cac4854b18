"""`registry-grpc serve`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from registry_grpc import app as application
from registry_grpc import telemetry
from registry_grpc.cli.options import Blobs, Database, DataDir, load_settings


def serve(
    listen: Annotated[str | None, typer.Option(help="HOST:PORT; port 0 for any free one.")] = None,
    data_dir: DataDir = None,
    database: Database = None,
    blobs: Blobs = None,
    metrics_listen: Annotated[str | None, typer.Option(help="HOST:PORT of /metrics.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM certificate chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM private key.")] = None,
    tls_client_ca: Annotated[Path | None, typer.Option(help="PEM CA of clients.")] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Plain text anywhere.")
    ] = None,
    log_format: Annotated[str | None, typer.Option(help="console or json")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads for calls.")] = None,
    quota_gib: Annotated[int | None, typer.Option(help="GiB a namespace may hold.")] = None,
    gc_every: Annotated[int | None, typer.Option(help="Seconds between collections.")] = None,
    gc_grace: Annotated[int | None, typer.Option(help="Seconds a condemned blob stays.")] = None,
    drain_delay: Annotated[
        int | None, typer.Option(help="Seconds between signal and stop.")
    ] = None,
    drain_grace: Annotated[int | None, typer.Option(help="Seconds for running calls.")] = None,
) -> None:
    """Serve until SIGTERM. Every option is also a variable: REGISTRY_LISTEN and so on."""
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
        quota_gib=quota_gib,
        gc_every=_seconds(gc_every),
        gc_grace=_seconds(gc_grace),
        drain_delay=_seconds(drain_delay),
        drain_grace=_seconds(drain_grace),
    )
    telemetry.configure_logging(settings.log_format)
    shown = settings.described()
    places = {name: shown[name] for name in ("data_dir", "database", "blobs")}
    telemetry.log("starting", places)
    if settings.insecure and not settings.on_loopback:
        telemetry.log("plain text beyond loopback: tokens and models travel unprotected")
    asyncio.run(application.serve(settings, lambda where: telemetry.log(f"listening on {where}")))


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
