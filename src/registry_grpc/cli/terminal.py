r"""Output to the terminal: no other module in `cli` prints.

Names of tokens, paths and messages come from others. Control characters are escaped, such as
`\x1b`, and no text is read as markup.
"""

import json
import sys
from collections.abc import Iterable

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import Progress
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from registry_grpc.domain.characters import visible, visible_line
from registry_grpc.domain.secret import Secret

Cell = str | Text


class TerminalConsole(Console):
    """A console that passes only the control codes of rich itself."""

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False) -> None:
        super().__init__(
            stderr=stderr, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False
        )

    @override
    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def say(text: str) -> None:
    """Print one line of a result, without wrapping."""
    TerminalConsole(soft_wrap=True).print(visible_line(text))


def note(text: str) -> None:
    """Print one line on stderr that is not a result."""
    TerminalConsole(stderr=True, soft_wrap=True).print(visible_line(text), style="dim")


def complain(text: str) -> None:
    """Print an error as one line on stderr."""
    TerminalConsole(stderr=True, soft_wrap=True).print(f"error: {visible_line(text)}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation of what destroys something, before it is done.

    Ends the command with code 1 when the answer is no. Without a terminal `yes` is required, and
    its absence is a usage error.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = f"is required without a terminal to ask: {visible_line(question)}"
        raise typer.BadParameter(message, param_hint="--yes")
    if not typer.confirm(visible_line(question), err=True):
        note("nothing changed")
        raise typer.Exit(1)


def show(columns: Iterable[str], rows: Iterable[Iterable[Cell]], *, wide: bool = False) -> None:
    """Print a table; nothing when it has no rows. wide: lines are not wrapped."""
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(
            *(Text(visible_line(cell)) if isinstance(cell, str) else cell for cell in row)
        )
    TerminalConsole(soft_wrap=wide).print(table)


def write_json(value: object) -> None:
    """Print a JSON document on one line, in ASCII."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def reveal(secret: Secret) -> None:
    """Print a secret, which is shown only once."""
    sys.stdout.write(f"{secret.reveal()}\n")
    sys.stdout.flush()


def progress() -> Progress:
    """Return a progress display on stderr that disappears at the end."""
    return Progress(console=TerminalConsole(stderr=True), transient=True)
