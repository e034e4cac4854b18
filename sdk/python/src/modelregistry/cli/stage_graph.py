"""`modelreg stage graph`: show and set the stage graph."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, message_files, tables
from modelregistry.cli.arguments import Etag, Reason, Yes, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Policy, StageGraph

group: Final = typer.Typer(
    no_args_is_help=True, help="Show and set the stage graph of a namespace."
)


@command(group, "show")
def show_stage_graph(
    session: Session,
    *,
    revision: Annotated[
        int | None,
        typer.Option(min=1, help="Show the graph as of this revision of the registry."),
    ] = None,
    as_file: Annotated[
        bool, typer.Option("--as-file", help="Print in the format that `stage graph set` reads.")
    ] = False,
) -> None:
    """Show the stages of the namespace, the allowed moves, and the alias rules.

    For the present graph also the policies; they are not part of --json.
    """
    found = session.client.stage_graph(revision=revision or 0)
    if as_file:
        session.output.text(message_files.stage_graph_text(found))
        return
    guards = not revision and not session.output.as_json
    policies = taken(session.client.policies(), None) if guards else []
    session.output.result(found, *_page(found, policies, session.output.now))


@command(group, "set", changes=True)
def set_stage_graph(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON with the fields of a StageGraph.")
    ],
    *,
    etag: Etag = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Replace the stage graph of the namespace: `show --as-file` prints the current one."""
    said = message_files.stage_graph(file)
    session.confirm("Replace the stage graph of the namespace?", yes=yes)
    made = session.client.set_stage_graph(
        said, etag=etag or said.etag, reason=reason, request_id=session.request_id
    )
    session.output.result(
        made, f"set the stage graph of {formats.clean(made.namespace)}, revision {made.revision}"
    )


def _page(graph: StageGraph, policies: Sequence[Policy], now: datetime) -> Iterator[RenderableType]:
    yield Text(f"stages of {formats.clean(graph.namespace)}")
    yield facts.grid(
        [
            ("set", formats.by_whom(graph.updater, formats.exact(graph.update_time, now)))
            if graph.revision
            else ("set", "never: this is the default graph"),
            ("etag", graph.etag),
            ("revision", str(graph.revision)),
        ]
    )
    yield from facts.section("Stages", _stages(graph))
    yield from facts.section("Policies", _policies(policies))
    yield from facts.section("Protected aliases", _rules(graph))


def _stages(graph: StageGraph) -> Table:
    made = tables.table(("STAGE", "name"), ("CAPACITY", "number"), ("MOVES TO", "words"))
    for stage in graph.stages:
        targets = [tables.stage_tag(target) for target in graph.targets(stage.id)]
        made.add_row(
            tables.stage_tag(stage.id),
            str(stage.capacity) if stage.capacity else "any",
            Text(", ").join(targets) if targets else tables.dim("-"),
        )
    return made


def _policies(policies: Sequence[Policy]) -> Table:
    made = tables.table(("FROM", "name"), ("TO", "name"), ("MODELS", "name"), ("POLICY", "name"))
    for policy in policies:
        made.add_row(
            tables.stage_tag(policy.from_stage or "any"),
            tables.stage_tag(policy.to_stage),
            formats.clean(policy.models),
            tables.name(policy.id),
        )
    return made


def _rules(graph: StageGraph) -> Table:
    made = tables.table(("ALIAS", "name"), ("REQUIRED STAGES", "words"))
    for rule in graph.alias_rules:
        stages = [tables.stage_tag(stage) for stage in rule.stages]
        made.add_row(formats.clean(rule.pattern), Text(" or ").join(stages))
    return made
