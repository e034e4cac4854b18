"""A machine whose clock is wrong: programs that read it with an offset which the test changes."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_PROGRAM = """
import datetime, pathlib, sys
from registry_grpc.app import sources

offset = pathlib.Path({path!r})

class Moved(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.now(tz) + datetime.timedelta(seconds=float(offset.read_text()))

sources.datetime = Moved
from registry_grpc.cli import main
main()
"""


@dataclass(frozen=True)
class MovedClock:
    """The offset of the clock, in a file. It is 0 until `move`."""

    file: Path

    def __post_init__(self) -> None:
        self.move(timedelta())

    def move(self, offset: timedelta) -> None:
        """Let the clock say the real time plus `offset` from now on."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(offset.total_seconds()))
        fresh.replace(self.file)

    @property
    def program(self) -> tuple[str, str]:
        """The first arguments of Python that run `registry-grpc` with this clock."""
        return "-c", _PROGRAM.format(path=str(self.file))
