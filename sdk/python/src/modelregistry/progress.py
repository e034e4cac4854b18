"""Watching a push or a pull while it runs."""

import sys
from importlib import util
from typing import Protocol


class Progress(Protocol):
    """What `push` and `pull` tell while they run.

    `begin` comes once and `end` always follows it, also after a failure. The others may be called
    from several threads at once. Bytes that need not be sent, because the registry has them, count
    as soon as that is known.
    """

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Start: so many bytes in so many files will be settled."""

    def advance(self, byte_count: int) -> None:
        """So many more bytes are settled."""

    def file_done(self, path: str) -> None:
        """One more file is settled."""

    def end(self) -> None:
        """Stop, whatever the outcome."""


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
