"""The real PgBouncer in transaction mode, from Debian's packages, without installing them."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.databases import PostgresServer
from tests.support.faults.crew import until

PACKAGES = ("pgbouncer", "libc-ares2", "libevent-2.1-7")
ROOT = Path(__file__).parents[2]
# build/ is ignored by git and emptied by `make clean`.
HOME = ROOT / "build" / "pgbouncer"
_SECONDS = 120
_CONFIGURATION = """
[databases]
* = host={folder} port={port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 2000
default_pool_size = {size}
query_wait_timeout = 30
server_login_retry = 1
logfile = {log}
"""


def install() -> Path:
    """Return the path of PgBouncer, unpacking it when it is not there yet.

    Raises FileNotFoundError without Debian's tools, and OSError when they cannot fetch it.
    """
    if not (HOME / "usr").exists():
        HOME.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=HOME.parent) as fresh:
            _unpack(Path(fresh))
            if not (HOME / "usr").exists():  # other processes may unpack it too
                shutil.rmtree(HOME, ignore_errors=True)
                (Path(fresh) / "root").rename(HOME)
    return HOME / "usr" / "sbin" / "pgbouncer"


def _unpack(folder: Path) -> None:
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            message = f"there is no {program} on this machine"
            raise FileNotFoundError(message)
    folder.chmod(0o755)
    download = ["apt-get", "download", "-q", *PACKAGES]
    try:
        _run(download, folder)
    except OSError:
        # A new machine has no list of packages yet, or an old one.
        _run(["apt-get", "update", "-q"], folder)
        _run(download, folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(package), "root"], folder)
    (folder / "root").chmod(0o755)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, check=False, text=True, timeout=_SECONDS
    )
    if done.returncode != 0:
        raise OSError(done.stderr.strip().rpartition("\n")[2])


@dataclass
class PgBouncer:
    """A pooler before one server of PostgreSQL, which `restart` replaces on the same port."""

    binary: Path
    server: PostgresServer
    folder: Path
    size: int = 20
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, direct: str) -> str:
        """Return the URL through the pooler of a database with this direct one."""
        name = direct.partition("?")[0].rpartition("/")[2]
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        self.port = self.port or _free_port()
        direct = self.server.get_uri()
        found = re.search(r"host=([^&]+)", direct)
        assert found is not None
        file = self.folder / "pgbouncer.ini"
        text = _CONFIGURATION.format(
            folder=found[1],
            port=5432,
            listen=self.port,
            size=self.size,
            log=self.folder / "pgbouncer.log",
        )
        file.write_text(text)
        # It refuses to run as root, and needs to reach the socket of PostgreSQL.
        owner = self.server.pgdata.stat().st_uid
        user = ["-u", pwd.getpwuid(owner).pw_name] if os.geteuid() == 0 else []
        if user:
            os.chown(self.folder, owner, -1)
        library = HOME / "usr" / "lib"
        libraries = ":".join(str(path) for path in library.iterdir() if path.is_dir())
        self.process = subprocess.Popen(
            [self.binary, "-q", *user, file],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._accepts)

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it, by default as a crash would."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(_SECONDS)

    def restart(self) -> None:
        """End it as a crash would, and start it again on its port."""
        self.stop()
        self.start()

    def _accepts(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "pgbouncer.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def running_pgbouncer(server: PostgresServer, *, size: int = 20) -> Iterator[PgBouncer]:
    """Run one before a server. Raises like `install`."""
    binary = install()
    with tempfile.TemporaryDirectory(prefix="registry-pgbouncer-") as folder:
        Path(folder).chmod(0o755)
        pooler = PgBouncer(binary, server, Path(folder), size)
        pooler.start()
        try:
            yield pooler
        finally:
            pooler.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
