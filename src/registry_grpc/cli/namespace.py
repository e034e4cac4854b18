"""`registry-grpc namespace`: namespaces, made before a server runs or beside it."""

from dataclasses import dataclass
from typing import Annotated

import typer

from registry_grpc import app as application
from registry_grpc.cli.options import Database, DataDir, open_facts, operator
from registry_grpc.cli.terminal import say
from registry_grpc.config import ConfigError
from registry_grpc.domain.ids import namespace_id
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import NamespaceDraft
from registry_grpc.domain.preset import Preset, preset

namespace_cli = typer.Typer(no_args_is_help=True, help="Create namespaces.")


@dataclass(frozen=True, slots=True)
class _Arguments:
    name: NamespaceName
    preset: Preset


@namespace_cli.callback()
def namespaces() -> None:
    """Create namespaces."""


@namespace_cli.command("create")
def create_namespace(
    name: Annotated[str, typer.Argument(help="1 to 63 of a-z, 0-9 and -.")],
    preset_name: Annotated[
        str,
        typer.Option("--preset", help="`mlflow`: the stages and names that its clients expect."),
    ] = "",
    description: Annotated[str, typer.Option(help="Purpose of the namespace.")] = "",
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Create a namespace, with the settings of a preset, in one transaction."""
    given = _read(name, preset_name)
    namespaces = application.namespaces(open_facts(data_dir, database))
    draft = NamespaceDraft(description=description)
    namespaces.create(application.operator_call(operator()), given.name, draft, given.preset)
    say(f"created namespace {given.name.namespace}")


def _read(name: str, preset_name: str) -> _Arguments:
    try:
        return _Arguments(NamespaceName(namespace_id(name)), preset(preset_name))
    except ValueError as error:
        raise ConfigError(str(error)) from error
