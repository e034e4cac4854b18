"""`modelreg ensemble`: show ensembles with all their members, and export them."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, parsing, tables
from modelregistry.cli.arguments import Ref
from modelregistry.cli.session import Session, command
from modelregistry.cli.version_page import member_state
from modelregistry.ensemble_export import FORMATS, NotExportable
from modelregistry.types import Closure, MemberState

group: Final = typer.Typer(
    no_args_is_help=True, help="Show and export versions that consist of other versions."
)


@command(group, "show")
def show_ensemble(
    session: Session,
    ref: Ref,
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="As of this time: 2026-05-03T12:00:00Z, or 7d for a week ago."
        ),
    ] = None,
) -> None:
    """Show the members of an ensemble in all levels, and whether they may be used."""
    moment = parsing.moment("--as-of", as_of, session.output.now) if as_of is not None else None
    closure = session.client.resolve_closure(ref, as_of=moment)
    session.output.result(closure, _title(closure), _members(closure))


@command(group, "export")
def export_ensemble(
    session: Session,
    ref: Ref,
    *,
    form: Annotated[
        str,
        typer.Option("--format", metavar="|".join(FORMATS), help="The program that reads it."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file.")
    ] = None,
) -> None:
    """Export an ensemble for another program; a comment states what that cannot keep."""
    if form not in FORMATS:
        raise parsing.wrong("--format", f"{form!r} is not one of {', '.join(FORMATS)}")
    version = session.client.get_version(session.client.resolve(ref))
    members = version.ensemble.members if version.ensemble else ()
    signatures = {
        member.role: session.client.get_version(member.version).signature for member in members
    }
    try:
        text = FORMATS[form](version, signatures)
    except NotExportable as error:
        raise parsing.wrong("REF", str(error)) from error
    if output is None:
        session.output.text(text)
        return
    output.write_text(f"{text}\n", encoding="utf-8")
    session.output.result({"path": str(output)}, f"wrote {formats.clean(str(output))}")


def _title(closure: Closure) -> Text:
    count = formats.count(len(closure.members), "member")
    return Text.assemble(tables.name(closure.version.ref), f"  {count} in all levels")


def _members(closure: Closure) -> Table:
    made = tables.table(
        *(("MEMBER", "name"), ("VERSION", "name"), ("STAGE", "name"), ("STATE", "name")),
        *(("SIZE", "number"), ("", "name")),
    )
    for member in closure.members:
        state = member_state(member.state)
        usable = member.state == MemberState.USABLE
        made.add_row(
            Text(formats.clean(member.path)),
            tables.name(formats.clean(member.ref)),
            tables.stage_tag(member.stage),
            Text(state, style="" if usable else "bold red"),
            formats.size(member.size_bytes),
            "soft" if member.soft else "",
        )
    return made
