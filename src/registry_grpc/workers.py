"""Several server processes on one port: started, watched, replaced and drained together.

The kernel spreads connections over the processes that listen on a shared port. Each worker is a
program of its own, not a fork, because gRPC does not survive one. Its settings come by environment:
unlike a command line, other users cannot read it. Its standard input is a pipe that ends with this
process, however that ends; its standard output says READY, and ends, when it listens.
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
_SETTLED = 10.0  # seconds; who dies later did not die at once
_MARGIN = timedelta(seconds=5)


@contextmanager
def reserved(listen: str) -> Iterator[str]:
    """Keep the port for the workers of this process alone; give HOST:PORT with the real port.

    Raises OSError when another server has it, be it one that would share it, and where the kernel
    does not spread connections.
    """
    if sys.platform != "linux":
        message = "more than one worker needs Linux, which spreads connections over processes"
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
    # Whoever shares the port is let in by the kernel, without a word. Servers like this one are
    # told apart by a name that one process can have, others when they listen already. The name
    # begins with a zero byte: it is in no folder, and goes with the process.
    name = held.enter_context(socket.socket(socket.AF_UNIX))
    name.bind(f"\0registry-grpc workers on {port}")
    _bound(family, ours.getsockname(), shared=False).close()
    return port


def _bound(
    family: socket.AddressFamily, address: tuple[object, ...], *, shared: bool
) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Past connections, which the kernel remembers for a minute, do not count.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def settings_of(number: int, settings: Settings) -> Settings:
    """Return the settings of a worker: metrics on a port of its own."""
    metrics = settings.metrics_listen
    if metrics:
        host, port = split_listen("metrics-listen", metrics)
        metrics = join_listen(host, port and port + number)
    return replace(settings, metrics_listen=metrics)


class Supervisor:
    """Keeps workers 0 to N-1 running. `command` starts one when its number is added."""

    def __init__(
        self, settings: Settings, command: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._command = command
        self._environ = environ
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._to_come = set(range(settings.workers))

    async def run(self, stop: asyncio.Event, started: Callable[[], None]) -> None:
        """Keep the workers running until `stop`, then drain them.

        `started` is called once, when all of them listen. Raises ChildProcessError, with none left
        running, when one ends before.
        """
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
        tasks += [asyncio.create_task(self._keep(n, started)) for n in sorted(self._to_come)]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await next(iter(ended))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._drain()

    async def _keep(self, number: int, started: Callable[[], None]) -> None:
        pause = 0.0
        while True:
            begun = time.monotonic()
            how = await self._lived(number, started)
            if self._to_come:
                message = f"worker {number} ended before all of them listened: {how}"
                raise ChildProcessError(message)
            settled = time.monotonic() - begun >= _SETTLED
            pause = 0.0 if settled else max(_PAUSE, min(2 * pause, _LONGEST_PAUSE))
            told = {"worker": number, "how": how, "next_in_seconds": pause}
            log("worker ended", told, level=WARNING)
            await asyncio.sleep(pause)

    async def _lived(self, number: int, started: Callable[[], None]) -> str:
        """Start a worker, and return how it ended."""
        pipe = asyncio.subprocess.PIPE
        try:
            # In a session of its own a terminal's Ctrl-C reaches it once, through this process.
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
            self._listens(number, started)
        return _told(await process.wait())

    def _listens(self, number: int, started: Callable[[], None]) -> None:
        if self._to_come:
            self._to_come.discard(number)
            if not self._to_come:
                started()

    async def _drain(self) -> None:
        """End all workers: by asking, and at last by force."""
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
    """Run it until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await supervisor.run(stop, started)


def _told(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"
