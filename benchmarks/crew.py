"""Client processes that act together: one Python process is a bottleneck before a server is."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.run import NotMeasurableError

_ANSWER_S = 120.0
_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Crew:
    """Processes, each with a pipe to here."""

    _pipes: Sequence["Connection[Any, Any]"]

    def tell(self, word: object) -> None:
        """Send something to each of them."""
        for pipe in self._pipes:
            pipe.send(word)

    def hear(self) -> Sequence[Any]:
        """Return what each of them sends next; raise NotMeasurableError when one does not."""
        return [_heard(pipe) for pipe in self._pipes]


def _heard(pipe: "Connection[Any, Any]") -> object:
    # What ended is at the end of its pipe; the traceback is on our stderr.
    with suppress(EOFError):
        if pipe.poll(_ANSWER_S):
            return pipe.recv()
    message = "a client process ended, or did not answer"
    raise NotMeasurableError(message)


@contextmanager
def crew(work: Callable[..., None], each: Sequence[tuple[object, ...]]) -> Iterator[Crew]:
    """Call `work(pipe, *arguments)` in a process for each of these; end them all on leaving."""
    # Not forked: gRPC does not survive that.
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    try:
        for arguments in each:
            here, there = context.Pipe()
            process = context.Process(target=work, args=(there, *arguments), daemon=True)
            process.start()
            there.close()
            pipes.append(here)
            processes.append(process)
        yield Crew(pipes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(_END_S)
            process.kill()
