"""`modelreg monitors`: conditions over signals, and their states."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, message_files, monitor_page, parsing, tables
from modelregistry.cli.arguments import Etag, Limit, Reason, Yes, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Monitor, MonitorPhase, MonitorSeverity

group: Final = typer.Typer(
    no_args_is_help=True, help="Judge the signals of live versions, and see what fires."
)
_SEVERITIES: Final = {severity.name.lower(): severity for severity in MonitorSeverity}
_PHASES: Final = {phase.name.lower(): phase for phase in MonitorPhase}

MonitorName = Annotated[
    str, typer.Argument(metavar="MONITOR", help="Such as drift, or risk/drift.")
]


@command(group, "put", changes=True)
def put_monitor(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON with the fields of a Monitor.")
    ],
    *,
    name: Annotated[
        str, typer.Option(help="Name of the monitor; overrides the one in the file.")
    ] = "",
    etag: Annotated[
        str,
        typer.Option(
            help="Only if the monitor still has this etag; `none`: only if it does not exist yet."
        ),
    ] = "",
    reason: Reason = "",
) -> None:
    """Create a monitor, or its next revision; it judges what is recorded from then on."""
    said = message_files.monitor(file)
    if not (name or said.name):
        raise parsing.wrong("--name", f"is required, since {file} has no name")
    monitor = replace(said, name=name or said.name, etag=etag or said.etag)
    made = session.client.put_monitor(monitor, reason=reason, request_id=session.request_id)
    session.output.result(
        made, Text.assemble(tables.name(made.ref), f" is in force, revision {made.number}")
    )


@command(group, "show")
def show_monitor(
    session: Session,
    monitor: MonitorName,
    *,
    number: Annotated[
        int | None,
        typer.Option("--revision", min=1, help="Revision to show; by default the one in force."),
    ] = None,
    as_file: Annotated[
        bool, typer.Option("--as-file", help="Print in the format that `monitors put` reads.")
    ] = False,
) -> None:
    """Show a monitor with its condition."""
    found = session.client.get_monitor(monitor, number=number or 0)
    if as_file:
        session.output.text(message_files.monitor_text(found))
    else:
        session.output.result(found, *monitor_page.page(found, session.output.now))


@command(group, "list")
def list_monitors(session: Session, *, limit: Limit = None) -> None:
    """List the monitors in force, by name."""
    found = taken(session.client.monitors(page_size=page_size(limit)), limit)

    def table(items: Sequence[Monitor]) -> Table:
        made = tables.table(
            ("MONITOR", "name"), ("MODELS", "words"), ("BREACH", "words"), ("SEVERITY", "name")
        )
        for item in items:
            made.add_row(
                tables.name(item.id),
                tables.words(monitor_page.scope(item)),
                tables.words(monitor_page.condition(item)),
                monitor_page.severity_tag(item.severity),
            )
        return made

    session.output.listing(found, table, "No monitors. Put one: modelreg monitors put FILE")


@command(group, "history")
def monitor_history(session: Session, monitor: MonitorName, *, limit: Limit = None) -> None:
    """List the revisions of a monitor, newest first; works for deleted monitors too."""
    found = taken(session.client.monitor_revisions(monitor, page_size=page_size(limit)), limit)

    def table(items: Sequence[Monitor]) -> Table:
        made = tables.table(
            *(("REVISION", "number"), ("TIME", "name"), ("BY", "name"), ("BREACH", "words")),
            ("STATE", "name"),
        )
        for item in items:
            made.add_row(
                str(item.number),
                formats.ago(item.update_time, session.output.now),
                tables.words(item.updater),
                tables.words(monitor_page.condition(item)),
                "deleted" if item.deleted else "",
            )
        return made

    session.output.listing(found, table, f"{formats.clean(monitor)} has no revisions")


@command(group, "delete", changes=True)
def delete_monitor(
    session: Session,
    monitor: MonitorName,
    *,
    etag: Etag = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Delete a monitor: its states end; its revisions and their history are kept.

    With --json the `revision` of the deletion.
    """
    session.confirm(f"Delete monitor {formats.clean(monitor)}?", yes=yes)
    revision = session.client.delete_monitor(
        monitor, etag=etag, reason=reason, request_id=session.request_id
    )
    said = f"deleted monitor {formats.clean(monitor)}"
    session.output.result({"revision": revision}, said)


@command(group, "states")
def list_states(
    session: Session,
    *,
    monitor: Annotated[str | None, typer.Option(help="Only of this monitor.")] = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="MODEL/NUMBER", help="Only of this version, such as fraud/7."),
    ] = None,
    phase: Annotated[
        list[str] | None,
        typer.Option(metavar="|".join(_PHASES), help="Only in this phase; repeatable."),
    ] = None,
    severity: Annotated[
        str | None,
        typer.Option(metavar="|".join(_SEVERITIES), help="Only of this severity or a worse one."),
    ] = None,
    limit: Limit = None,
) -> None:
    """List the states of monitored series, by monitor. `--phase firing` shows what is wrong."""
    found = session.client.monitor_states(
        monitor=monitor,
        version=version,
        phases=[parsing.chosen("--phase", _PHASES, one) for one in phase or ()],
        min_severity=None
        if severity is None
        else parsing.chosen("--severity", _SEVERITIES, severity),
        page_size=page_size(limit),
    )
    session.output.listing(
        taken(found, limit),
        lambda items: monitor_page.states_table(items, session.output.now),
        "No series is in such a state",
    )


@command(group, "trace")
def trace_state(
    session: Session,
    state: Annotated[
        str,
        typer.Argument(
            metavar="STATE", help="The full name of a state, as `monitors states --json` has it."
        ),
    ],
    *,
    limit: Limit = None,
) -> None:
    """List the phases that a series entered, newest first, also after it ended."""
    found = session.client.monitor_state_history(state, page_size=page_size(limit))
    session.output.listing(
        taken(found, limit),
        lambda items: monitor_page.states_table(items, session.output.now),
        f"{formats.clean(state)} has no history",
    )
