"""Python programs as real processes, forked from one process that has imported the project.

A start costs most of a second of imports otherwise, and the tests make more than a thousand. The
process that they are forked from (the fork server of `multiprocessing`) has no threads, no gRPC
core and no database: a program begins as it would after its imports. What Python itself reads from
the environment as it starts (`PYTHON*` variables) is that of the fork server.
"""

import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

SERVER: Final = ("-m", "registry_grpc")
CLIENT: Final = ("-c", "from modelregistry.cli import main; main()")
"""The first arguments of Python that run `registry-grpc`, or `modelreg`."""

_CONTEXT = get_context("forkserver")
# The programs, and what they load when they need it.
_CONTEXT.set_forkserver_preload(
    [
        *("registry_grpc.cli", "registry_grpc.app.serving", "registry_grpc.persistence.upgrade"),
        *("modelregistry.cli.app", "typer.rich_utils", "typer._adapters", "rich.markdown"),
        *("mako.template", "alembic.util.editor", __name__),
    ]
)
_OURS = ("REGISTRY_", "MODELREG_", "STORAGE_EMULATOR_HOST")


def clean_environ() -> dict[str, str]:
    """Return this environment without what would configure a registry or a client of one."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}


class Python:
    """A running Python program, with the attributes and methods of a `subprocess.Popen` of text.

    stdin, stdout, stderr: PIPE, DEVNULL, or a descriptor.
    """

    def __init__(
        self,
        arguments: Sequence[object],
        env: Mapping[str, str] | None = None,
        *,
        cwd: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        tethered: bool = False,
    ) -> None:
        """Start it.

        arguments: of Python: -m MODULE or -c CODE, and what the program gets. env: by default this
        environment, without what would configure the program. tethered: it is killed when its
        input ends, as that does when this process is killed.
        """
        self.args = tuple(map(str, arguments))
        environ = clean_environ() if env is None else dict(env)
        self.stdin, theirs_in = _stream(stdin, "w")
        self.stdout, theirs_out = _stream(stdout, "r")
        self.stderr, theirs_err = _stream(stderr, "r")
        theirs = (theirs_in, theirs_out, theirs_err)
        place = str(cwd or Path.cwd())
        self._process = _CONTEXT.Process(
            target=_run, args=(self.args, environ, place, theirs, tethered)
        )
        self._process.start()
        for stream in theirs:
            stream.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, minus the signal that ended it, or None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise TimeoutExpired when it takes more seconds."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, text: str = "", timeout: float | None = None) -> tuple[str, str]:
        """Write its input, read all it says and wait for its end; raise TimeoutExpired."""
        with ThreadPoolExecutor(3) as threads:
            said = [threads.submit(_all, stream) for stream in (self.stdout, self.stderr)]
            if self.stdin is not None:
                with self.stdin as stream:
                    stream.write(text)
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, err = (part.result() for part in said)
        self._close()
        return out, err

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close its streams and wait for its end, as `subprocess.Popen` does."""
        self._close()
        self.wait()

    def _close(self) -> None:
        for stream in (self.stdout, self.stderr, self.stdin):
            if stream is not None:
                stream.close()


def run_python(
    arguments: Sequence[object],
    env: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    timeout: float = 300,
    check: bool = False,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end and return what it said, as `subprocess.run` does.

    check: raise CalledProcessError when it fails.
    """
    with Python(arguments, env, cwd=cwd) as program:
        out, err = program.communicate(timeout=timeout)
    done = subprocess.CompletedProcess(program.args, program.wait(), out, err)
    if check:
        done.check_returncode()
    return done


def _stream(given: int, mode: str) -> tuple[IO[str] | None, Connection]:
    """Return our end of a pipe, if there is one, and the program's descriptor."""
    if given == subprocess.PIPE:
        read, write = os.pipe()
        ours, theirs = (read, write) if mode == "r" else (write, read)
        return os.fdopen(ours, mode), Connection(theirs)
    if given == subprocess.DEVNULL:
        return None, Connection(os.open(os.devnull, os.O_RDWR))
    return None, Connection(os.dup(given))


def _all(stream: IO[str] | None) -> str:
    return "" if stream is None else stream.read()


def _run(
    args: tuple[str, ...],
    environ: dict[str, str],
    cwd: str,
    streams: tuple[Connection, ...],
    tethered: bool,
) -> None:
    """Be the program, in a process of its own."""
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, closefd=False)  # noqa: SIM115 - as long as the process
        for number, mode in enumerate(("r", "w", "w"))
    )
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if tethered:
        threading.Thread(target=_end_with_input, daemon=True).start()
    how, program, *rest = args
    sys.argv = [how, *rest]
    if how == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102


def _end_with_input() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGKILL)
