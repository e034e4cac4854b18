"""The flags of a server, which `serve`, `check-config` and `doctor` share."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec

import typer

from registry_grpc.cli.options import Blobs, Database, DataDir, load_settings
from registry_grpc.config import Settings

_Own = ParamSpec("_Own")


def server_settings(
    listen: Annotated[
        str | None, typer.Option(help="Address to listen on, HOST:PORT; port 0 picks a free one.")
    ] = None,
    data_dir: DataDir = None,
    database: Database = None,
    blobs: Blobs = None,
    metrics_listen: Annotated[
        str | None, typer.Option(help="Address of /metrics, /healthz and /readyz, HOST:PORT.")
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
    log_level: Annotated[
        str | None, typer.Option(help="Least level of log lines: debug, info, warning or error.")
    ] = None,
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
    caller_reports: Annotated[
        int | None, typer.Option(help="Maximum concurrent instances that one caller reports.")
    ] = None,
    caller_uploads: Annotated[
        int | None, typer.Option(help="Maximum open uploads of one caller in a namespace.")
    ] = None,
    caller_uploads_gib: Annotated[
        int | None,
        typer.Option(help="Maximum declared size of the open uploads of one caller in GiB."),
    ] = None,
    listen_database: Annotated[
        str | None,
        typer.Option(help="URL of PostgreSQL itself, if --database leads to a pooler."),
    ] = None,
    max_clock_jump: Annotated[
        int | None,
        typer.Option(help="Seconds that the clock may jump before changes stop; 0: any."),
    ] = None,
) -> Settings:
    """Return the settings of flags and this process's environment; raises ConfigError."""
    return load_settings(
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
        log_level=log_level,
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
        caller_reports=caller_reports,
        caller_uploads=caller_uploads,
        caller_uploads_gib=caller_uploads_gib,
        listen_database=listen_database,
        max_clock_jump=_seconds(max_clock_jump),
    )


def takes_server_flags(
    command: Callable[Concatenate[Settings, _Own], None],
) -> Callable[..., None]:
    """Give a command the flags of `server_settings`, before its own.

    The command gets the settings that they make as its first argument.
    """
    shared = inspect.signature(server_settings).parameters
    own = list(inspect.signature(command).parameters.values())[1:]

    @wraps(command)
    def run(**given: object) -> None:
        flags = {name: given.pop(name) for name in shared}
        command(server_settings(**flags), **given)  # type: ignore[arg-type, call-arg]

    # Typer reads the parameters of a command from its signature.
    run.__signature__ = inspect.Signature([*shared.values(), *own])  # type: ignore[attr-defined]
    return run


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
