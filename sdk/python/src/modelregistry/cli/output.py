"""The output of a command: results on standard output, notes and errors on standard error.

A terminal gets colours and its own width; a pipe gets plain text of unlimited width. Names are
never truncated. With `--json` standard output contains one JSON document and nothing else.
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
from modelregistry.cli.standard_streams import writing_errors, writing_output

Item = TypeVar("Item")

_UNBOUNDED: Final = 100_000
"""The width of output to a pipe."""


class Output:
    """The two streams of one command, and the time that relative times refer to."""

    def __init__(self, *, as_json: bool = False, now: datetime | None = None) -> None:
        self.as_json = as_json
        self.now = now or datetime.now(UTC)
        self._out: Console = TerminalConsole()
        self._notes = TerminalConsole(stderr=True, soft_wrap=True)

    @property
    def terminal(self) -> bool:
        """Whether standard output is a terminal."""
        return self._out.is_terminal

    def result(self, value: object, *shown: RenderableType) -> None:
        """Print a result, as JSON or as the parts in `shown`."""
        with writing_output():
            if self.as_json:
                sys.stdout.write(documents.encode(value) + "\n")
            else:
                for part in shown:
                    self._draw(part)
            # Detects a closed pipe here; at exit Python would print an error for it.
            sys.stdout.flush()

    def text(self, text: str) -> None:
        """Print a document unchanged; on a terminal with control characters escaped."""
        with writing_output():
            sys.stdout.write(f"{formats.paragraphs(text) if self.terminal else text}\n")
            sys.stdout.flush()

    def part(self, text: str) -> None:
        """Print a part of a document as it is; on a terminal with control characters escaped."""
        if self.terminal:
            text = f"{formats.paragraphs(text.rstrip())}\n"
        sys.stdout.write(text)

    def line(self, value: object, shown: RenderableType) -> None:
        """Print one of many results immediately, as one line of JSON or as `shown`."""
        with writing_output():
            if self.as_json:
                sys.stdout.write(documents.encode_line(value) + "\n")
            else:
                self._draw(shown)
            sys.stdout.flush()

    def fields(self, value: object) -> dict[str, documents.Json]:
        """Return the JSON fields of one value, to print together with others."""
        made = documents.document(value)
        if not isinstance(made, dict):
            message = f"{type(value).__name__} has no fields"
            raise TypeError(message)
        return made

    def listing(
        self, items: Sequence[Item], table: Callable[[Sequence[Item]], Table], empty: str
    ) -> None:
        """Print a list as a JSON array or a table; for an empty one print the note `empty`."""
        if items or self.as_json:
            self.result(items, table(items))
        else:
            self.note(empty)

    def note(self, text: str) -> None:
        """Print a note to standard error; nothing with --json."""
        if not self.as_json:
            with writing_errors():
                self._notes.print(text, style="dim")

    def failure(self, error: Exception, server: str) -> None:
        """Print an error with a hint, or with --json the error as a document."""
        with writing_errors():
            self._print_failure(error, server)

    def _print_failure(self, error: Exception, server: str) -> None:
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
        # Rich pads columns on the right, which is only useful on a screen.
        lines = drawn.get().removesuffix("\n").split("\n")
        sys.stdout.writelines(f"{line.rstrip()}\n" for line in lines)

    def _draw_on_screen(self, part: RenderableType) -> None:
        inner, width = part.renderable if isinstance(part, Padding) else part, self._out.width
        if isinstance(inner, Table):
            # The terminal may wrap a line; a truncated name would be worse.
            self._out.width = max(width, tables.least_width(inner))
        self._out.print(part)
        self._out.width = width
