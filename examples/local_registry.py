"""A registry for the duration of an example: a real server with a temporary data folder."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

_LISTENING = re.compile(r"listening on (\S+)")
_START_SECONDS = 180  # normally one or two; more on a busy machine
_STOP_SECONDS = 60
# The server ends with the example, even if that is killed: its standard input is closed then.
_SERVER = """
import os, signal, threading
from registry_grpc.cli import main

def end_with_the_example():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_the_example, daemon=True).start()
main()
"""


@contextmanager
def local_registry() -> Iterator[str]:
    """Start a registry on a free port of this machine and yield its HOST:PORT.

    At the end of the block, after any outcome, the server is stopped and its data removed. The
    environment refers to this registry only. Raises RuntimeError when the server does not start.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with TemporaryDirectory(prefix="local-registry-") as folder:
        _unset_other_registries(Path(folder))
        log = Path(folder, "server.log")
        process = _start(Path(folder, "data"), log)
        try:
            target = _wait_until_listening(process, log)
            os.environ["MODELREG_SERVER"] = target
            os.environ["REGISTRY_DATA_DIR"] = str(Path(folder, "data"))
            yield target
        finally:
            _stop(process)


def new_token(principal: str, role: str, *, own: bool = False) -> str:
    """Create a token of the running registry.

    Once a token exists, every caller needs one. With `own`, programs started here use it.
    """
    command = [sys.executable, "-m", "registry_grpc", "token", "create", principal]
    done = subprocess.run(
        [*command, "--role", role, "--json"], check=True, capture_output=True, text=True
    )
    token: str = json.loads(done.stdout)["token"]
    if own:
        os.environ["MODELREG_TOKEN"] = token
    return token


def _leave(number: int, _: FrameType | None) -> None:
    # An exception runs every `finally`; the default action would end the process immediately.
    sys.exit(128 + number)


def _unset_other_registries(folder: Path) -> None:
    # The user may work with a real registry: an example must never touch it.
    for name in [name for name in os.environ if name.startswith(("REGISTRY_", "MODELREG_"))]:
        del os.environ[name]
    os.environ["XDG_CONFIG_HOME"] = str(folder)  # where modelreg looks for profiles


def _start(data_dir: Path, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _SERVER, "serve"]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", "--data-dir", str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the example, which then stops the server
        )


def _wait_until_listening(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if found := _LISTENING.search(log.read_text()):
            return found[1]
        time.sleep(0.02)
    message = f"the server did not start:\n{log.read_text()}"
    raise RuntimeError(message)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.terminate()
        process.wait(_STOP_SECONDS)
    finally:
        process.kill()  # does nothing to a process that has ended
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
