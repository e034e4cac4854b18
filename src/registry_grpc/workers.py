"""Supervision of several server processes on one port: start, restart and drain.

The kernel distributes connections over the processes that listen on a shared port. Each worker is a
separate program, not a fork, because gRPC does not survive one. Its settings are in the
environment, which other users cannot read, unlike a command line. Its standard input is a pipe that
closes when this process ends in any way; it writes READY to its standard output and closes it when
it listens.
"""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from logging import ERROR, WARNING
from typing import cast

from registry_grpc.config import Settings, join_listen, split_listen
from registry_grpc.telemetry import log

READY = b"listening"
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds
_SETTLED = 10.0  # seconds; a worker that ran longer has not ended early
_MARGIN = timedelta(seconds=5)


@contextmanager
def reserved(listen: str) -> Iterator[str]:
    """Reserve the port for the workers of this process; yield HOST:PORT with the actual port.

    Raises OSError when another server uses it, even a shareable one, and on systems that do not
    distribute connections.
    """
    if sys.platform != "linux":
        message = "more than one worker needs Linux, which distributes connections over processes"
        raise OSError(message)
    host, port = split_listen("listen", listen)
    with ExitStack() as held:
        try:
            port = _reserve(host, port, held)
        except OSError as error:
            message = f"cannot listen on {listen}: {error.strerror}"
            raise OSError(message) from error
        yield join_listen(host, port)


def _reserve(host: str, port: int, held: ExitStack) -> int:
    passive, stream = socket.AI_PASSIVE, socket.SOCK_STREAM
    family, *_, address = socket.getaddrinfo(host, port, type=stream, flags=passive)[0]
    ours = held.enter_context(_bound(family, address, shared=True))
    port = ours.getsockname()[1]
    # The kernel lets any process share the port. Another supervisor is detected by a socket name
    # that only one process can have, other servers because they listen already. The name begins
    # with a zero byte: it is not in the file system, and ends with the process.
    name = held.enter_context(socket.socket(socket.AF_UNIX))
    name.bind(f"\0registry-grpc workers on {port}")
    _bound(family, ours.getsockname(), shared=False).close()
    return port


def _bound(
    family: socket.AddressFamily, address: tuple[object, ...], *, shared: bool
) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Ignores closed connections, which the kernel keeps for a minute.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def settings_of(number: int, settings: Settings) -> Settings:
    """Return the settings of a worker, with its own metrics port."""
    metrics = settings.metrics_listen
    if metrics:
        host, port = split_listen("metrics-listen", metrics)
        metrics = join_listen(host, port and port + number)
    return replace(settings, metrics_listen=metrics)


def pause_of(early: int) -> float:
    """Return the seconds before a restart: 0 after one early end, then 0.5, 1, 2 and up to 30."""
    return min(_PAUSE * 2 ** (early - 2), _LONGEST_PAUSE) if early > 1 else 0.0


class Supervisor:
    """Keeps workers 0 to N-1 running. `command` plus a number starts one."""

    def __init__(
        self, settings: Settings, command: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._command = command
        self._environ = environ
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._pending = set(range(settings.workers))
        self._listening: set[int] = set()
        self._none_listens = asyncio.Event()

    async def run(self, stop: asyncio.Event, started: Callable[[], None]) -> None:
        """Keep the workers running until `stop`, then drain them.

        `started` is called once, when all of them listen. Raises ChildProcessError, with all
        stopped, when one ends before that.
        """
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
        tasks += [asyncio.create_task(self._keep(n, started)) for n in sorted(self._pending)]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await next(iter(ended))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._drain()

    async def _keep(self, number: int, started: Callable[[], None]) -> None:
        early = 0  # how often in a row it ended early
        while True:
            begun = time.monotonic()
            cause = await self._run_worker(number, started)
            self._end(number)
            if self._pending:
                message = f"worker {number} ended before all of them listened: {cause}"
                raise ChildProcessError(message)
            early = 1 if time.monotonic() - begun >= _SETTLED else early + 1
            pause = pause_of(early)
            fields = {"worker": number, "how": cause, "next_in_seconds": pause}
            log("worker ended", fields, level=WARNING)
            await self._wait(pause)

    async def _wait(self, pause: float) -> None:
        """Wait before a restart; at most for `_PAUSE` once no worker listens."""
        begun = time.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._none_listens.wait(), pause)
        await asyncio.sleep(min(pause, _PAUSE) - (time.monotonic() - begun))

    def _end(self, number: int) -> None:
        self._listening.discard(number)
        if not self._listening:
            self._none_listens.set()

    async def _run_worker(self, number: int, started: Callable[[], None]) -> str:
        """Start a worker, wait for its end, and return the cause."""
        pipe = asyncio.subprocess.PIPE
        try:
            # In a new session, so that Ctrl-C reaches it once, through this process.
            process = self._processes[number] = await asyncio.create_subprocess_exec(
                *self._command,
                str(number),
                stdin=pipe,
                stdout=pipe,
                env={**self._environ, **settings_of(number, self._settings).variables()},
                start_new_session=True,
            )
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        if await cast("asyncio.StreamReader", process.stdout).read() == READY:
            log("worker listens", {"worker": number, "pid": process.pid})
            self._listening.add(number)
            self._none_listens.clear()
            self._listens(number, started)
        return _cause(await process.wait())

    def _listens(self, number: int, started: Callable[[], None]) -> None:
        if self._pending:
            self._pending.discard(number)
            if not self._pending:
                started()

    async def _drain(self) -> None:
        """Terminate all workers, and kill those that exceed the limit."""
        running = [each for each in self._processes.values() if each.returncode is None]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        limit = self._settings.drain_delay + self._settings.drain_grace + _MARGIN
        ends = [asyncio.create_task(process.wait()) for process in running]
        if ends:
            await asyncio.wait(ends, timeout=limit.total_seconds())
        for process in running:
            if process.returncode is None:
                log("worker does not end: killed", {"pid": process.pid}, level=ERROR)
                with suppress(ProcessLookupError):
                    process.kill()
        await asyncio.gather(*ends)


async def supervise(supervisor: Supervisor, started: Callable[[], None]) -> None:
    """Run the supervisor until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await supervisor.run(stop, started)


def _cause(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"
