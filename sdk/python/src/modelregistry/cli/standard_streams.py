"""The standard streams of a command, which may be closed, full or unable to encode a name."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

_NAMES: Final = ("stdin", "stdout", "stderr")


class OutputFailed(OSError):
    """Standard output cannot be written; changes that the command made are in effect."""


def restore() -> None:
    """Open closed standard streams on the null device, and make them encode every name.

    Otherwise the next file or connection would get the number of a closed stream, and the text that
    is printed.
    """
    for number in range(len(_NAMES)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which gets the lowest free number
    for number, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def writing_output() -> Iterator[None]:
    """Raise OutputFailed when standard output cannot be written in the block.

    A reader that closed its end of a pipe raises BrokenPipeError, as ever.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        discard(sys.stdout)
        raise OutputFailed(error.errno, error.strerror, "standard output") from error


@contextmanager
def writing_errors() -> Iterator[None]:
    """Ignore that standard error cannot be written in the block: the exit code remains."""
    try:
        yield
    except OSError:
        discard(sys.stderr)


def flush_output() -> None:
    """Write what standard output has buffered; raise BrokenPipeError when its reader is gone."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
        raise


def discard(stream: TextIO) -> None:
    """Send the rest of a stream to the null device, so that Python's flush at exit succeeds."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
