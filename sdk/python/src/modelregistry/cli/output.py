"""Where results go: tables and pages on standard output, notes and errors on standard error.

On a terminal there is colour and as much width as there is; in a pipe plain text of full width,
where nothing is cut off. Either way names are never shortened. With `--json` standard output holds
one JSON document and nothing else.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table

from modelregistry._terminal import TerminalConsole
from modelregistry.cli import documents, failures, formats, tables

Item = TypeVar("Item")

_UNBOUNDED: Final = 100_000
"""Columns of a pipe."""


class Output:
    """The two streams of one command, and the moment against which times are told."""

    def __init__(self, *, as_json: bool = False, now: datetime | None = None) -> None:
        self.as_json = as_json
        self.now = now or datetime.now(UTC)
        self._out: Console = TerminalConsole()
        self._notes = TerminalConsole(stderr=True, soft_wrap=True)

    @property
    def terminal(self) -> bool:
        """Whether a person looks at the results as they come."""
        return self._out.is_terminal

    def result(self, value: object, *shown: RenderableType) -> None:
        """Print a result: as JSON, or as what is shown for it."""
        if self.as_json:
            sys.stdout.write(documents.encode(value) + "\n")
        else:
            for part in shown:
                self._draw(part)
        # Here a reader who has gone is noticed; at the exit of Python it would be complained of.
        sys.stdout.flush()

    def text(self, text: str) -> None:
        """Print a document as it is; on a terminal with what could steer it made visible."""
        sys.stdout.write(f"{formats.paragraphs(text) if self.terminal else text}\n")
        sys.stdout.flush()

    def line(self, value: object, shown: RenderableType) -> None:
        """Print one of many results as it comes: as JSON on one line, or as what is shown."""
        if self.as_json:
            sys.stdout.write(documents.encode_line(value) + "\n")
        else:
            self._draw(shown)
        sys.stdout.flush()

    def fields(self, value: object) -> dict[str, documents.Json]:
        """Return the JSON fields of one value, to print with more beside them."""
        made = documents.document(value)
        if not isinstance(made, dict):
            message = f"{type(value).__name__} has no fields"
            raise TypeError(message)
        return made

    def listing(
        self, items: Sequence[Item], table: Callable[[Sequence[Item]], Table], empty: str
    ) -> None:
        """Print a list: as a JSON array, as a table, or when there is nothing, a note saying so."""
        if items or self.as_json:
            self.result(items, table(items))
        else:
            self.note(empty)

    def note(self, text: str) -> None:
        """Say something that is no result: never part of what a pipe receives."""
        if not self.as_json:
            self._notes.print(text, style="dim")

    def failure(self, error: Exception, server: str) -> None:
        """Say what went wrong and what to do next, or as JSON what went wrong."""
        if self.as_json:
            sys.stderr.write(documents.encode(failures.document(error)) + "\n")
            return
        for line in failures.lines(error, server):
            head, colon, rest = line.partition(": ")
            style = {"error": "bold red", "hint": "cyan"}.get(head, "")
            self._notes.print(head, style=style, end=colon)
            self._notes.print(rest)

    def _draw(self, part: RenderableType) -> None:
        if self.terminal:
            self._draw_on_screen(part)
            return
        self._out.width = _UNBOUNDED
        with self._out.capture() as drawn:
            self._out.print(part)
        # Columns are padded on the right, which only makes sense on a screen.
        lines = drawn.get().removesuffix("\n").split("\n")
        sys.stdout.writelines(f"{line.rstrip()}\n" for line in lines)

    def _draw_on_screen(self, part: RenderableType) -> None:
        inner, width = part.renderable if isinstance(part, Padding) else part, self._out.width
        if isinstance(inner, Table):
            # Better a line that the terminal breaks than a name that is cut.
            self._out.width = max(width, tables.least_width(inner))
        self._out.print(part)
        self._out.width = width
