"""A PostgreSQL for the tests with MLflow, in a process of the server's environment."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.mlflow.registry import BIN, ROOT

# It ends when its input is closed, however the tests end.
_PROGRAM: Final = """
import sys
from pathlib import Path
from registry_grpc.persistence.migrate import migrate
from tests.support.postgres_away import own_postgres

with own_postgres(Path(sys.argv[1])) as server:
    migrate(server.get_uri())
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server with the registry's schema; return the path of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="registry-postgres-"))
    folder.chmod(0o711)  # it runs as a user of its own
    with subprocess.Popen(
        [BIN / "python", "-c", _PROGRAM, folder / "data"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield str(folder / "data" / ".s.PGSQL.5432")
        finally:
            process.stdin.close()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
