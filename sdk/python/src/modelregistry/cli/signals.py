"""`modelreg signals`: record and list what was measured on live versions."""

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, monitor_page, parsing, signal_file, tables
from modelregistry.cli.arguments import Limit, Ref, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import RecordedSignal, Signal, SignalKind

group: Final = typer.Typer(
    no_args_is_help=True, help="Record and list what was measured on live versions."
)
_KINDS: Final = {kind.name.lower(): kind for kind in SignalKind}


@command(group, "record", changes=True)
def record_signals(
    session: Session,
    ref: Ref,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.json",
            help="An array of objects with the fields of a Signal, as `signals list --json` has "
            "them: kind, subject, method, statistic, window_start, window_end …",
        ),
    ],
) -> None:
    """Record signals of a version, and show which monitors changed their state.

    A signal that was recorded before is not recorded again. At most 1,000 signals in a file.
    """
    signals = signal_file.signals("FILE.json", file)
    made = session.client.record_signals(ref, signals, request_id=session.request_id)
    again = f", {made.repeated} were recorded before" if made.repeated else ""
    counted = formats.count(made.recorded, "signal")
    said: list[Text | Table] = [Text(f"recorded {counted}{again}")]
    if made.changed:
        said.append(monitor_page.states_table(made.changed, session.output.now))
    session.output.result(made, *said)


@command(group, "list")
def list_signals(
    session: Session,
    ref: Ref,
    *,
    kind: Annotated[
        str | None, typer.Option(metavar="|".join(_KINDS), help="Only of this kind.")
    ] = None,
    subject: Annotated[str, typer.Option(help="Only about this feature or metric.")] = "",
    method: Annotated[str, typer.Option(help="Only by this method, such as psi or auc.")] = "",
    limit: Limit = None,
) -> None:
    """List the signals of a version, latest window first."""
    found = session.client.list_signals(
        ref,
        kind=None if kind is None else parsing.chosen("--kind", _KINDS, kind),
        subject=subject,
        method=method,
        page_size=page_size(limit),
    )
    session.output.listing(
        taken(found, limit),
        lambda items: _table(items, session.output.now),
        f"{formats.clean(ref)} has no such signals. Record some: modelreg signals record",
    )


def _table(items: Sequence[RecordedSignal], now: datetime) -> Table:
    made = tables.table(
        *(("WINDOW END", "name"), ("SUBJECT", "words"), ("METHOD", "name")),
        *(("STATISTIC", "number"), ("P", "number"), ("N", "number"), ("WHERE", "words")),
    )
    for item in items:
        signal = item.signal
        made.add_row(
            formats.ago(signal.window_end, now),
            tables.words(monitor_page.subject_of(signal.subject, signal.dimension, signal.value)),
            formats.clean(signal.method),
            f"{signal.statistic:.4g}",
            _p_value(signal),
            f"{signal.current_count:,}" if signal.current_count else "-",
            tables.words(monitor_page.place_of(signal.arm, signal.target)),
        )
    return made


def _p_value(signal: Signal) -> str:
    if signal.p_value is None or math.isnan(signal.p_value):
        return "-"
    return f"{signal.p_value:.2g}"
