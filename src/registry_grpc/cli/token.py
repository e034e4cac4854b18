"""`registry-grpc token`: access tokens."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.text import Text

from registry_grpc import app as application
from registry_grpc.cli.options import AsJson, Database, DataDir, Yes, open_facts, operator
from registry_grpc.cli.terminal import confirm, note, reveal, say, show, write_json
from registry_grpc.config import ConfigError
from registry_grpc.domain.principal import Role, Token
from registry_grpc.domain.secret import Secret

token_cli = typer.Typer(no_args_is_help=True, help="Create, list and revoke access tokens.")

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@token_cli.command("create")
def create_token(
    principal: Annotated[
        str, typer.Argument(help="Principal of the token: a person or a service.")
    ],
    role: Annotated[
        str, typer.Option(help="Role: reader, reporter, approver, writer or admin.")
    ] = "reader",
    expires: Annotated[
        str, typer.Option(help="Lifetime such as 12h or 90d; unlimited by default.")
    ] = "",
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Create a token and print it once. As soon as one exists, every caller needs one."""
    tokens = application.tokens(open_facts(data_dir, database))
    token, secret = tokens.create(principal, _role(role), _duration(expires), operator())
    try:
        if as_json:
            write_json(_token_fields(token) | {"token": secret})
            return
        reveal(Secret(secret))
    except OSError:
        tokens.revoke(token.id, operator())  # no caller can ever use it
        raise
    note(f"token {token.id} for {principal} ({role}); keep it, it cannot be shown again")


@token_cli.command("list")
def list_tokens(
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List all tokens, without their secrets."""
    found = application.tokens(open_facts(data_dir, database)).list()
    if as_json:
        write_json([_token_fields(token) for token in found])
        return
    now = application.clock()
    columns = ("id", "principal", "role", "created", "expires", "used", "state")
    show(columns, (_row(token, now) for token in found))


@token_cli.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(help="Id of the token, as `token list` prints it.")],
    data_dir: DataDir = None,
    database: Database = None,
    yes: Yes = False,
) -> None:
    """Revoke a token; running servers reject it within a second."""
    confirm(f"Revoke token {token_id}?", yes=yes)
    token = application.tokens(open_facts(data_dir, database)).revoke(token_id, operator())
    say(f"revoked {token.id} of {token.principal}")


def _row(token: Token, now: datetime) -> tuple[str | Text, ...]:
    times = (token.create_time, token.expire_time, token.use_time)
    return (token.id, token.principal, token.role.label, *map(_shown, times), _state(token, now))


def _state(token: Token, now: datetime) -> Text:
    if token.active(now):
        return Text("active", "green")
    return Text("revoked", "red") if token.revoke_time else Text("expired", "yellow")


def _role(text: str) -> Role:
    try:
        return Role.parse(text)
    except ValueError as error:
        message = f"--role: {error}"
        raise ConfigError(message) from error


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
        "use_time": token.use_time.isoformat() if token.use_time else None,
    }
