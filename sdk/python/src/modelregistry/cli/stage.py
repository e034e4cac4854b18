"""`modelreg stage`: move versions between stages."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, stage_graph, tables
from modelregistry.cli.arguments import Etag, Limit, ModelName, Reason, Ref, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.cli.short_names import shortened
from modelregistry.names import short_ref
from modelregistry.types import StageEntry

group: Final = typer.Typer(
    no_args_is_help=True, help="Move versions between stages, and manage the stage graph."
)
group.add_typer(stage_graph.group, name="graph")


@command(group, "set", changes=True)
def set_stage(
    session: Session,
    ref: Ref,
    stage: Annotated[
        str,
        typer.Argument(metavar="STAGE", help="Such as staging: see `stage graph show`."),
    ],
    *,
    etag: Etag = "",
    reason: Reason = "",
) -> None:
    """Move a version to a stage; if the stage is full, the version it replaces is archived."""
    moved = session.client.set_stage(
        ref, stage, etag=etag, reason=reason, request_id=session.request_id
    )
    session.output.result(
        moved, Text.assemble(tables.name(moved.ref), " is in ", tables.stage_tag(moved.stage))
    )


@command(group, "history")
def stage_history(session: Session, model: ModelName, *, limit: Limit = None) -> None:
    """List the stage history of a model's versions, newest first."""
    found = taken(session.client.stage_history(model, page_size=page_size(limit)), limit)

    def table(items: Sequence[StageEntry]) -> Table:
        made = tables.table(
            *(("TIME", "name"), ("VERSION", "name"), ("FROM", "name"), ("TO", "name")),
            *(("BY", "name"), ("REASON", "words")),
        )
        for item in items:
            made.add_row(
                formats.ago(item.create_time, session.output.now),
                tables.name(short_ref(item.version)),
                tables.stage_tag(item.previous_stage),
                tables.stage_tag(item.stage),
                tables.words(item.actor),
                tables.words(shortened(item.reason)),
            )
        return made

    name = formats.clean(model)
    session.output.listing(
        found,
        table,
        f"No version of {name} has moved. Move one: "
        f"modelreg stage set {formats.shell_word(model)}/NUMBER staging",
    )
