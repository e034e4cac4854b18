"""The audit trail as CSV (RFC 4180), whose cells spreadsheets read as texts, never as formulas."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from io import StringIO
from typing import Final

from modelregistry._visible import visible
from modelregistry.types import ChangeEvent, DeniedRequest

_COLUMNS: Final = (
    *("time", "revision", "actor", "action", "resource", "reason"),
    *("denied_method", "denied_reason", "denied_message", "request_id"),
)
_FORMULA: Final = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\uff1d", "\uff0b", "\uff0d", "\uff20"),
)
"""Characters at the start of a cell that spreadsheets evaluate; four are full-width."""
_NOT_DENIED: Final = DeniedRequest(number=0, method="", reason="")


def lines(events: Iterable[ChangeEvent]) -> Iterator[str]:
    r"""Yield the header and a row for each entry, as they are read, each with its line break.

    A cell that a spreadsheet would evaluate begins with an apostrophe, after which it is a text.
    Control characters except line breaks and tabs are escaped, such as `\x1b`: a terminal
    may show the file.
    """
    yield _line(_COLUMNS)
    for event in events:
        yield _line(list(_cells(event)))


def _cells(event: ChangeEvent) -> Iterator[str]:
    yield event.time.astimezone(UTC).isoformat() if event.time else ""
    yield from (str(event.revision), event.actor, event.action, event.name, event.reason)
    denied = event.denied_request or _NOT_DENIED
    yield from (denied.method, denied.reason, denied.message, denied.request_id)


def _line(cells: Sequence[str]) -> str:
    written = StringIO()
    csv.writer(written).writerow([_text(cell) for cell in cells])
    return written.getvalue()


def _text(cell: str) -> str:
    shown = "\t".join(map(visible, cell.split("\t")))
    return f"'{shown}" if cell.startswith(_FORMULA) else shown
