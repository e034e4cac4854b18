"""Progress bars on standard error, by rich (extra `cli`)."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class TerminalProgress:
    """One bar of bytes, with the count of files beside it; it disappears at the end."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[files_done]}/{task.fields[files]} files"),
            console=console or Console(stderr=True),
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
        """Take the bar away."""
        self._bars.stop()
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
