"""`modelreg policy`: manage promotion policies."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, message_files, parsing, policy_page, tables
from modelregistry.cli.arguments import Etag, Limit, Reason, Yes, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Policy

group: Final = typer.Typer(no_args_is_help=True, help="Manage promotion policies.")

PolicyName = Annotated[
    str, typer.Argument(metavar="POLICY", help="Such as quality, or risk/quality.")
]


@command(group, "put", changes=True)
def put_policy(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON with the fields of a Policy.")],
    *,
    name: Annotated[
        str, typer.Option(help="Name of the policy; overrides the one in the file.")
    ] = "",
    etag: Annotated[
        str,
        typer.Option(
            help="Only if the policy still has this etag; `none`: only if it does not exist yet."
        ),
    ] = "",
    reason: Reason = "",
) -> None:
    """Create a promotion policy, or its next revision; it is in force immediately."""
    said = message_files.policy(file)
    if not (name or said.name):
        raise parsing.wrong("--name", f"is required, since {file} has no name")
    policy = replace(said, name=name or said.name, etag=etag or said.etag)
    made = session.client.put_policy(policy, reason=reason, request_id=session.request_id)
    session.output.result(
        made, Text.assemble(tables.name(made.ref), f" is in force, revision {made.number}")
    )


@command(group, "show")
def show_policy(
    session: Session,
    policy: PolicyName,
    *,
    number: Annotated[
        int | None,
        typer.Option("--revision", min=1, help="Revision to show; by default the one in force."),
    ] = None,
    as_file: Annotated[
        bool, typer.Option("--as-file", help="Print in the format that `policy put` reads.")
    ] = False,
) -> None:
    """Show a promotion policy with its rules and required approvals."""
    found = session.client.get_policy(policy, number=number or 0)
    if as_file:
        session.output.text(message_files.policy_text(found))
    else:
        session.output.result(found, *policy_page.page(found, session.output.now))


@command(group, "list")
def list_policies(session: Session, *, limit: Limit = None) -> None:
    """List the promotion policies in force, by name."""
    found = taken(session.client.policies(page_size=page_size(limit)), limit)

    def table(items: Sequence[Policy]) -> Table:
        made = tables.table(
            *(("POLICY", "name"), ("FROM", "name"), ("TO", "name"), ("MODELS", "name")),
            *(("RULES", "number"), ("APPROVALS", "number"), ("REVISION", "number")),
            *(("UPDATED", "name"), ("BY", "name")),
        )
        for item in items:
            made.add_row(
                tables.name(item.id),
                tables.stage_tag(item.from_stage or "any"),
                tables.stage_tag(item.to_stage),
                item.models,
                str(len(item.rules)),
                str(sum(wanted.count for wanted in item.approvals)),
                str(item.number),
                formats.ago(item.update_time, session.output.now),
                tables.words(item.updater),
            )
        return made

    session.output.listing(found, table, "No policies. Put one: modelreg policy put FILE")


@command(group, "history")
def policy_history(session: Session, policy: PolicyName, *, limit: Limit = None) -> None:
    """List the revisions of a policy, newest first; works for deleted policies too."""
    found = taken(session.client.policy_revisions(policy, page_size=page_size(limit)), limit)

    def table(items: Sequence[Policy]) -> Table:
        made = tables.table(
            *(("REVISION", "number"), ("TIME", "name"), ("BY", "name"), ("RULES", "number")),
            *(("APPROVALS", "number"), ("STATE", "name")),
        )
        for item in items:
            made.add_row(
                str(item.number),
                formats.ago(item.update_time, session.output.now),
                tables.words(item.updater),
                str(len(item.rules)),
                str(sum(wanted.count for wanted in item.approvals)),
                "deleted" if item.deleted else "",
            )
        return made

    session.output.listing(found, table, f"{formats.clean(policy)} has no revisions")


@command(group, "delete", changes=True)
def delete_policy(
    session: Session,
    policy: PolicyName,
    *,
    etag: Etag = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Delete a policy: it is no longer enforced; its revisions are kept.

    With --json the `revision` of the deletion.
    """
    session.confirm(f"Delete policy {formats.clean(policy)}?", yes=yes)
    revision = session.client.delete_policy(
        policy, etag=etag, reason=reason, request_id=session.request_id
    )
    said = f"deleted policy {formats.clean(policy)}"
    session.output.result({"revision": revision}, said)
