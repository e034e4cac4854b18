"""Small SQLite files that several processes share, and that can be lost without harm."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

_PATIENCE_S: Final = 60.0


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Run the block as one change, alone among all threads and processes.

    The file is made with `schema` (one statement, harmless when repeated) if it is not there. What
    the block raises undoes the change. Raises OSError or sqlite3.Error when the file cannot be
    used; one that is damaged is removed first, so that the next call starts anew.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # A connection of its own for each change: nothing is carried into threads or forks.
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as database:
            # It may be lost with the power; what depends on it is checked when it is used.
            database.execute("PRAGMA synchronous = OFF")
            database.execute("BEGIN IMMEDIATE")
            database.execute(schema)
            yield database
            database.execute("COMMIT")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        raise
