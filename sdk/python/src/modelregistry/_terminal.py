"""Terminal output and progress bars with rich (extra `cli`)."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.segment import Segment

from modelregistry._visible import visible


class TerminalConsole(Console):
    """A console that shows control characters as text, and reads no markup.

    Callers pass text through `visible` themselves, so that its width is right; this is the second
    line of defence.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False) -> None:
        super().__init__(
            stderr=stderr, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False
        )

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments to draw; only the control codes of rich itself reach the terminal."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


class TerminalProgress:
    """One bar of bytes, with the count of files beside it; it disappears at the end."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[files_done]}/{task.fields[files]} files"),
            console=console or TerminalConsole(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None
        self._files_done = 0

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Draw the bar."""
        self._files_done = 0
        self._task = self._bars.add_task(title, total=total_bytes, files=total_files, files_done=0)
        self._bars.start()

    def advance(self, byte_count: int) -> None:
        """Fill the bar by so many bytes."""
        if self._task is not None:
            self._bars.advance(self._task, byte_count)

    def file_done(self, path: str) -> None:  # noqa: ARG002 - the bar counts, it does not list
        """Count one more file."""
        if self._task is not None:
            self._files_done += 1
            self._bars.update(self._task, files_done=self._files_done)

    def end(self) -> None:
        """Remove the bar."""
        self._bars.stop()
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
