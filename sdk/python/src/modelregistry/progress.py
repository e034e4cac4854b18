"""The progress of a push or a pull."""

import sys
from importlib import util
from typing import Protocol


class Progress(Protocol):
    """The functions that `push` and `pull` call while they run.

    `begin` is called once, and `end` always follows, also after a failure. Several threads may call
    the other functions at once. Bytes that the registry has already count as soon as that is known.
    """

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Start a transfer of so many bytes in so many files."""

    def advance(self, byte_count: int) -> None:
        """Count bytes that are transferred, or need no transfer."""

    def file_done(self, path: str) -> None:
        """Count a file that is complete."""

    def end(self) -> None:
        """Finish, whatever the outcome."""


class Quiet:
    """Shows nothing: pass it to silence the terminal."""

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Show nothing."""

    def advance(self, byte_count: int) -> None:
        """Show nothing."""

    def file_done(self, path: str) -> None:
        """Show nothing."""

    def end(self) -> None:
        """Show nothing."""


def default_progress() -> Progress:
    """Return bars on a terminal that rich can draw on, and silence anywhere else."""
    if sys.stderr.isatty() and util.find_spec("rich") is not None:
        from modelregistry._terminal import TerminalProgress  # noqa: PLC0415 - rich is optional

        return TerminalProgress()
    return Quiet()
