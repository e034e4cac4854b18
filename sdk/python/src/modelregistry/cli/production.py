"""`modelreg production`: what the stages of all models have, or had at a moment."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table

from modelregistry.cli import formats, parsing, tables
from modelregistry.cli.arguments import Limit, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.cli.short_names import shortened
from modelregistry.names import short_ref
from modelregistry.types import StageEntry

_PRODUCTION: Final = "production"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, _PRODUCTION)(production)


def production(
    session: Session,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="At this time: 2026-05-03, which is the end of the day, 2026-05-03T12:00, both in "
            "local time, a time with its zone, or an age such as 7d. Now by default.",
        ),
    ] = None,
    stage: Annotated[str, typer.Option(help="Another stage than production.")] = _PRODUCTION,
    all_stages: Annotated[
        bool, typer.Option("--all-stages", help="Every stage except none.")
    ] = False,
    limit: Limit = None,
) -> None:
    """List the versions of all models that are in production, or were at a time."""
    if all_stages and stage != _PRODUCTION:
        raise parsing.wrong("--stage", "cannot be combined with --all-stages")
    now = session.output.now
    moment = None if at is None else parsing.local_moment("--at", at, now)
    wanted = "" if all_stages else stage
    found = taken(
        session.client.staged_versions(wanted, as_of=moment, page_size=page_size(limit)), limit
    )

    def table(items: Sequence[StageEntry]) -> Table:
        made = tables.table(
            *(("VERSION", "name"), ("STAGE", "name"), ("SINCE", "name")),
            *(("BY", "name"), ("REASON", "words")),
        )
        for item in items:
            made.add_row(
                tables.name(short_ref(item.version)),
                tables.stage_tag(item.stage),
                formats.local(item.create_time),
                tables.words(item.actor),
                tables.words(shortened(item.reason)),
            )
        return made

    where = "in any stage" if all_stages else f"in {formats.clean(stage)}"
    verb = "is" if moment is None else "was"
    session.output.listing(found, table, f"No version of any model {verb} {where}.")
    if moment is not None:
        utc = moment.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
        session.output.note(f"As of {formats.local(moment)} local time, {utc} UTC")
