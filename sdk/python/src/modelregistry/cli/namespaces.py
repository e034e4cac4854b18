"""`modelreg namespaces`: tenants."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table

from modelregistry.cli import formats, tables
from modelregistry.cli.arguments import Limit, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Namespace

group: Final = typer.Typer(no_args_is_help=True, help="List and create namespaces.")


@command(group, "list")
def list_namespaces(session: Session, *, limit: Limit = None) -> None:
    """List the namespaces by name."""
    found = taken(session.client.list_namespaces(page_size=page_size(limit)), limit)

    def table(items: Sequence[Namespace]) -> Table:
        made = tables.table(
            ("NAMESPACE", "name"), ("CREATED", "name"), ("BY", "name"), ("DESCRIPTION", "words")
        )
        for item in items:
            made.add_row(
                tables.name(item.id),
                formats.ago(item.create_time, session.output.now),
                tables.words(item.creator),
                tables.words(item.description),
            )
        return made

    session.output.listing(
        found, table, "No namespaces that you may see. Create one: modelreg namespaces create NAME"
    )


@command(group, "create")
def create_namespace(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 63 of a-z, 0-9 and -.")],
    *,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Create a namespace: names and bytes in it are invisible to the others."""
    made = session.client.create_namespace(name, description=description)
    session.output.result(made, f"created namespace {made.id}")
    session.output.note(f"Use it: modelreg --namespace {made.id} …, or MODELREG_NAMESPACE")
