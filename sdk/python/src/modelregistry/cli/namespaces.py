"""`modelreg namespaces`: list, show, create and change namespaces."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, parsing, tables
from modelregistry.cli.arguments import Etag, Limit, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Namespace, Usage

group: Final = typer.Typer(no_args_is_help=True, help="List, show, create and change namespaces.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as risk.")]
Quota = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE|none|default",
        help="Storage quota, such as 500GiB; `default`: the server's default.",
    ),
]


@command(group, "list")
def list_namespaces(session: Session, *, limit: Limit = None) -> None:
    """List the namespaces by name."""
    found = taken(session.client.list_namespaces(page_size=page_size(limit)), limit)

    def table(items: Sequence[Namespace]) -> Table:
        made = tables.table(
            ("NAMESPACE", "name"),
            ("QUOTA", "number"),
            ("CREATED", "name"),
            ("BY", "name"),
            ("DESCRIPTION", "words"),
        )
        for item in items:
            made.add_row(
                tables.name(item.id),
                formats.quota(item.quota_bytes),
                formats.ago(item.create_time, session.output.now),
                tables.words(item.creator),
                tables.words(item.description),
            )
        return made

    session.output.listing(
        found, table, "No namespaces that you may see. Create one: modelreg namespaces create NAME"
    )


@command(group, "show")
def show_namespace(session: Session, name: Name) -> None:
    """Show a namespace, its storage use and its quota.

    With --json its fields, and `used_bytes`, `quota_bytes` and `free_bytes` as `usage`.
    """
    found, usage = session.client.get_namespace(name), session.client.get_usage(name)
    if session.output.as_json:
        storage = {**session.output.fields(usage), "free_bytes": usage.free_bytes}
        session.output.result({**session.output.fields(found), "usage": storage})
        return
    now = session.output.now
    grid = facts.grid(
        [
            ("description", formats.paragraphs(found.description)),
            ("used", _used(usage)),
            ("quota", formats.quota(found.quota_bytes)),
            ("created", formats.by_whom(found.creator, formats.exact(found.create_time, now))),
            ("purged names", "free again" if found.reuse_purged_names else ""),
            ("name", formats.clean(found.name)),
            ("etag", found.etag),
            ("revision", str(found.revision)),
        ]
    )
    session.output.result(found, Text(formats.clean(found.id)), grid)


def _used(usage: Usage) -> str:
    used = formats.size(usage.used_bytes)
    if usage.free_bytes is None:
        return f"{used}, no quota"
    return f"{used} of {formats.size(usage.quota_bytes)}, {formats.size(usage.free_bytes)} free"


@command(group, "create", changes=True)
def create_namespace(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 63 of a-z, 0-9 and -.")],
    *,
    description: Annotated[str, typer.Option(help="Purpose of the namespace.")] = "",
    quota: Quota = None,
    reuse_names: Annotated[
        bool, typer.Option("--reuse-names", help="Let new models have names of purged ones.")
    ] = False,
    preset: Annotated[
        str, typer.Option(help="`mlflow`: the stages and names that its clients expect.")
    ] = "",
) -> None:
    """Create a namespace: its names and files are invisible to other namespaces."""
    wanted = _quota(quota)
    made = session.client.create_namespace(
        name,
        description=description,
        quota_bytes=None if wanted == "default" else wanted,
        reuse_purged_names=reuse_names,
        preset=preset,
        request_id=session.request_id,
    )
    session.output.result(made, f"created namespace {made.id}")
    session.output.note(f"Use it: modelreg --namespace {made.id} …, or MODELREG_NAMESPACE")


@command(group, "update", changes=True)
def update_namespace(
    session: Session,
    name: Name,
    *,
    description: Annotated[str | None, typer.Option(help="Purpose of the namespace.")] = None,
    quota: Quota = None,
    reuse_names: Annotated[
        bool | None,
        typer.Option(
            "--reuse-names/--keep-names", help="Whether new models can have names of purged ones."
        ),
    ] = None,
    etag: Etag = "",
) -> None:
    """Update the given fields and keep the others.

    A quota below the present use removes nothing, but blocks further pushes.
    """
    if description is None and quota is None and reuse_names is None:
        hint = "nothing to change: give --description, --quota or --reuse-names"
        raise parsing.wrong("NAME", hint)
    made = session.client.update_namespace(
        name,
        description=description,
        quota_bytes=_quota(quota),
        reuse_purged_names=reuse_names,
        etag=etag,
        request_id=session.request_id,
    )
    session.output.result(made, f"updated namespace {made.id}")


def _quota(given: str | None) -> int | Literal["default"] | None:
    if given is None:
        return None
    if given == "default":
        return "default"
    return 0 if given == "none" else parsing.byte_count("--quota", given)
