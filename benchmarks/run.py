"""One run: where figures work, at which size, in which rounds, and for how long."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

from benchmarks.figure import Figure, Measurement, Outcome, Pair, Sample

_T = TypeVar("_T")
_SPARE_BYTES = 1024**3


class NotMeasurableError(Exception):
    """Why a figure cannot be measured here, as a sentence for a person."""


@dataclass(slots=True)
class Run:
    """The environment of a figure. short: small sizes, to check that everything works."""

    directory: Path
    short: bool
    say: Callable[[str], None]
    _figure: Figure | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)

    def pick(self, full: _T, short: _T) -> _T:
        """Return the size for this run."""
        return short if self.short else full

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """Make an empty folder that is gone, with everything in it, on leaving."""
        path = self.directory / name
        path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def need_disk(self, needed: int) -> None:
        """Raise NotMeasurableError unless so many bytes, and some to spare, are free."""
        free = shutil.disk_usage(self.directory).free
        if free < needed + _SPARE_BYTES:
            message = (
                f"needs {needed / 1024**3:.1f} GiB and some to spare, {free / 1024**3:.1f} GiB "
                f"are free in {self.directory}; choose another folder with --dir"
            )
            raise NotMeasurableError(message)

    def rounds(
        self, count: int, ours: Callable[[], Sample], reference: Callable[[], Sample]
    ) -> Sequence[Pair]:
        """Measure both sides in turns, the order flipping each round.

        At least once; up to `count` times while the figure's budget lasts. In a short run twice.
        """
        pairs: list[Pair] = []
        count = self.pick(count, min(count, 2))
        budget = self._figure.budget_s if self._figure else 0.0
        while len(pairs) < count:
            if pairs and time.monotonic() - self._started > budget:
                self.say(f"out of time after {len(pairs)} of {count} rounds")
                break
            self.say(f"round {len(pairs) + 1} of {count}")
            if len(pairs) % 2:
                theirs = reference()
                pairs.append(Pair(ours(), theirs))
            else:
                mine = ours()
                pairs.append(Pair(mine, reference()))
        return pairs

    def measure(self, figure: Figure) -> Outcome:
        """Measure one figure; what goes wrong becomes the outcome's problem."""
        self._figure, self._started = figure, time.monotonic()
        measurement, problem = Measurement(()), ""
        try:
            figure.prepare(self)
            self._started = time.monotonic()
            with self.folder(figure.name), _limit(figure.limit_s):
                measurement = figure.measure(self)
        except Exception as error:  # noqa: BLE001 - one figure must not take the others with it
            problem = f"{type(error).__name__}: {error}"
        return Outcome(figure, measurement, time.monotonic() - self._started, problem)


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise NotMeasurableError in the main thread once the time is over."""

    def over(_number: int, _frame: FrameType | None) -> NoReturn:
        message = f"given up after {seconds:.0f} s"
        raise NotMeasurableError(message)

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
