"""The command line of the server: `registry-grpc`."""

import asyncio
import json
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from registry_grpc import app as application
from registry_grpc import telemetry
from registry_grpc.config import ConfigError, Settings
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.principal import Role, Token
from registry_grpc.persistence.migrate import current, head, migrate

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
token_cli = typer.Typer(no_args_is_help=True, help="Create, list and revoke access tokens.")
cli.add_typer(token_cli, name="token")

_FAILED, _MISUSED = 1, 2
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

DataDir = Annotated[Path | None, typer.Option(help="Folder of the embedded database and files.")]
Database = Annotated[str | None, typer.Option(help="postgresql://… or sqlite:///…")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def main() -> None:
    """Run the command line; every refusal is one line on stderr and an exit code."""
    try:
        cli()
    except ConfigError as error:
        _fail(str(error), _MISUSED)
    except (RegistryError, application.NotMigratedError, OSError, ValueError) as error:
        _fail(str(error), _FAILED)


def _fail(message: str, code: int) -> None:
    Console(stderr=True, soft_wrap=True).print(f"error: {message}", markup=False)
    raise SystemExit(code)


def _settings(**flags: object) -> Settings:
    return Settings.load(flags, os.environ)


@cli.command()
def serve(
    listen: Annotated[str | None, typer.Option(help="HOST:PORT; port 0 for any free one.")] = None,
    data_dir: DataDir = None,
    database: Database = None,
    blobs: Annotated[str | None, typer.Option(help="file:///… or gs://bucket/prefix")] = None,
    metrics_listen: Annotated[str | None, typer.Option(help="HOST:PORT of /metrics.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM certificate chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM private key.")] = None,
    tls_client_ca: Annotated[Path | None, typer.Option(help="PEM CA of clients.")] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Plain text anywhere.")
    ] = None,
    log_format: Annotated[str | None, typer.Option(help="console or json")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads for calls.")] = None,
    drain_delay: Annotated[
        int | None, typer.Option(help="Seconds between signal and stop.")
    ] = None,
    drain_grace: Annotated[int | None, typer.Option(help="Seconds for running calls.")] = None,
) -> None:
    """Serve until SIGTERM. Every option is also a variable: REGISTRY_LISTEN and so on."""
    settings = _settings(
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


@cli.command("migrate")
def migrate_command(data_dir: DataDir = None, database: Database = None) -> None:
    """Bring the database to the schema of this release. Safe to run twice, and at the same time."""
    settings = _settings(data_dir=data_dir, database=database)
    if settings.embedded_database:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    before = current(settings.database_url)
    migrate(settings.database_url)
    after = current(settings.database_url)
    what = "already at" if before == after else f"migrated from {before or 'empty'} to"
    Console(soft_wrap=True).print(f"{what} {after}", highlight=False)


@cli.command("check-config")
def check_config(as_json: AsJson = False) -> None:
    """Check flags and variables as `serve` would, and print what is in force."""
    settings = _settings()
    shown = settings.described()
    schema = {"schema": current(settings.database_url) or "none", "schema_needed": head()}
    _print_mapping(shown | ({} if settings.embedded_database else schema), as_json=as_json)


def _print_mapping(values: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(values))
        return
    table = Table("setting", "value", box=None, header_style="bold")
    for name, value in values.items():
        table.add_row(name.replace("_", "-"), value)
    Console().print(table)


@token_cli.command("create")
def create_token(
    principal: Annotated[str, typer.Argument(help="Who will use it: a person or a service.")],
    role: Annotated[str, typer.Option(help="reader, writer or admin")] = "reader",
    expires: Annotated[str, typer.Option(help="Such as 12h or 90d; none by default.")] = "",
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Create a token and print it, once. From the first one on, every caller needs one."""
    tokens = application.tokens(_open(data_dir, database))
    token, secret = tokens.create(principal, Role.parse(role), _duration(expires))
    if as_json:
        typer.echo(json.dumps(_token_fields(token) | {"token": secret}))
        return
    typer.echo(secret)
    note = f"token {token.id} for {principal} ({role}); keep it, it cannot be shown again"
    Console(stderr=True, soft_wrap=True).print(note, style="dim", highlight=False)


@token_cli.command("list")
def list_tokens(
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List all tokens, without their secrets."""
    found = application.tokens(_open(data_dir, database)).list()
    if as_json:
        typer.echo(json.dumps([_token_fields(token) for token in found]))
        return
    table = Table("id", "principal", "role", "created", "expires", "state", box=None)
    now = application.clock()
    for token in found:
        state = "[green]active" if token.active(now) else "[red]revoked"
        if token.revoke_time is None and not token.active(now):
            state = "[yellow]expired"
        created, expires = _shown(token.create_time), _shown(token.expire_time)
        table.add_row(token.id, token.principal, token.role.label, created, expires, state)
    Console().print(table)


@token_cli.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(help="The id that `token list` shows.")],
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Revoke a token: running servers refuse it within a second."""
    token = application.tokens(_open(data_dir, database)).revoke(token_id)
    Console(soft_wrap=True).print(f"revoked {token.id} of {token.principal}", highlight=False)


def _open(data_dir: Path | None, database: str | None) -> Any:  # noqa: ANN401 - app's type
    return application.open_facts(_settings(data_dir=data_dir, database=database))


def _duration(text: str) -> timedelta | None:
    if not text:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    if match is None:
        message = f"--expires: must look like 30m, 12h or 90d, not {text!r}"
        raise ConfigError(message)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _shown(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def _token_fields(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "principal": token.principal,
        "role": token.role.label,
        "create_time": token.create_time.isoformat(),
        "expire_time": token.expire_time.isoformat() if token.expire_time else None,
        "revoke_time": token.revoke_time.isoformat() if token.revoke_time else None,
    }
