"""`modelreg drift`: compare a table with the profile of a version."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from modelregistry import drift as drifts
from modelregistry._local.folder_tree import naming
from modelregistry.cli import formats
from modelregistry.cli.arguments import Ref
from modelregistry.cli.drift_page import drift_page
from modelregistry.cli.monitor_page import states_table
from modelregistry.cli.parsing import moment, wrong
from modelregistry.cli.session import Session, command
from modelregistry.drift import Comparison
from modelregistry.types import Signal, SignalsRecorded, Version


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "drift")(drift)


def drift(
    session: Session,
    ref: Ref,
    table: Annotated[
        Path, typer.Argument(metavar="FILE", help="The table to compare: .parquet or .csv.")
    ],
    *,
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this column; repeatable.")
    ] = None,
    window: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="START END",
            help="When the rows are of: times, ages such as 1d, or now. Adds signals to --json.",
        ),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Record the results as signals; needs --window.")
    ] = False,
    target: Annotated[
        str, typer.Option(help="Where the rows were served, such as eu-prod; for --record.")
    ] = "",
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a page with plots; it replaces the file."),
    ] = None,
) -> None:
    """Compare a table with the data that a version was made with, as its profile states it.

    Only the profile is downloaded. The columns of the profile are compared by PSI and the
    Jensen-Shannon distance, numbers also by Kolmogorov-Smirnov and Wasserstein, categories by the
    chi-square test. A `~` marks a sample. Hints are conventions: the exit code does not depend on
    them. With --record the registry keeps the results as signals, once each, and says which
    monitors changed their state.
    """
    times = _times(session, window)
    if record and times is None:
        raise wrong("--record", "needs --window")
    if report is not None and report.suffix.lower() != ".html":
        raise wrong("--report", "must be a file with the ending .html")
    version = session.client.resolve(ref)
    profile = session.client.load_profile(version)
    found = drifts.compare(profile, drifts.read_table(table), columns=column or None)
    signals = found.signals(times, target=target) if times else []
    made = session.client.record_signals(version, signals) if record and signals else None
    page = [*drift_page(found, version.ref), *_recorded(session, made)]
    session.output.result(_document(version, found, signals, made), *page)
    if report is not None:
        title = f"Drift of {table.name} from {version.ref}"
        with naming(report):
            report.write_text(drifts.html(found, title=title), encoding="utf-8", newline="\n")
        session.output.note(f"written to {formats.clean(str(report))}")


def _times(session: Session, window: tuple[str, str] | None) -> tuple[datetime, datetime] | None:
    if window is None:
        return None
    now = session.output.now
    start, end = (now if text == "now" else moment("--window", text, now) for text in window)
    if start >= end:
        raise wrong("--window", "must end after its start")
    return start, end


def _recorded(session: Session, made: SignalsRecorded | None) -> Iterator[RenderableType]:
    """Yield what a recording did."""
    if made is None:
        return
    again = f", {made.repeated} were recorded before" if made.repeated else ""
    yield Text(f"\nrecorded {formats.count(made.recorded, 'signal')}{again}")
    if made.changed:
        yield states_table(made.changed, session.output.now)


def _document(
    version: Version, found: Comparison, signals: list[Signal], made: SignalsRecorded | None
) -> dict[str, object]:
    return {"version": version.name, "comparison": found, "signals": signals, "recorded": made}
