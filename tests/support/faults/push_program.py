"""A client process: pushes a folder and writes the number of durable bytes to stdout.

Run with a target, a model and a folder.
"""

import sys
from pathlib import Path

from modelregistry import Client


class Progress:
    """Progress as lines of text."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._settled = 0

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Say nothing."""

    def advance(self, byte_count: int) -> None:
        """Say how many bytes are settled by now."""
        self._settled += byte_count
        sys.stdout.write(f"{self._settled}\n")
        sys.stdout.flush()

    def file_done(self, path: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


if __name__ == "__main__":
    target, model, folder = sys.argv[1:]
    with Client(target) as client:
        client.push(model, Path(folder), progress=Progress(), environment=None, source=None)
