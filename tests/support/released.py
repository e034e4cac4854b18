"""The schema of the last release, with a registry in it, and the statements of its code.

`python -m tests.support.released` writes them to tests/released, once for each release: a file
for each database, and the statements that its use cases sent while `use_registry` ran.
"""

import asyncio
import json
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, event

from registry_grpc import app as application
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.domain.principal import Role
from registry_grpc.domain.secret import Secret
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.schema_range import head
from registry_grpc.persistence.upgrade import upgrade
from registry_grpc.services.garbage import Ages
from tests.support.backups import run_postgres_tool
from tests.support.databases import Kind, start_postgres
from tests.support.registry_use import PEOPLE, use_registry

RELEASED: Final = "0015"
"""The schema of the last release."""
MODEL: Final = "released"
"""The contents of its registry, as `use_registry` makes it."""
FOLDER: Final = Path(__file__).parent.parent / "released"
_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


def load_released(url: str, kind: Kind) -> None:
    """Bring an empty database to the schema of the last release, with its registry."""
    file = FOLDER / f"{RELEASED}.{kind}.sql"
    if kind == "postgresql":
        run_postgres_tool("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={file}", url)
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.executescript(file.read_text())


def released_statements(kind: Kind) -> Sequence[str]:
    """Return the statements that the code of the last release sends, as its driver takes them."""
    statements: list[str] = json.loads((FOLDER / f"{RELEASED}.{kind}.json").read_text())
    return statements


def create_tokens(url: str) -> dict[str, str]:
    """Store a new token for each of PEOPLE and return them by name."""
    with open_database(url) as database:
        create = application.tokens(database).create
        return {name: create(name, Role.parse(role), None)[1] for name, role in PEOPLE.items()}


@contextmanager
def _recorded(statements: set[str]) -> Iterator[None]:
    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if _STATEMENT.match(statement):
            statements.add(statement)

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", record)


async def _use(url: str, folder: Path) -> None:
    tokens = create_tokens(url)
    settings = Settings(database=Secret(url), data_dir=folder / "data", listen="127.0.0.1:0")
    app = App.build(settings)
    try:
        port = await app.start()
        await asyncio.to_thread(use_registry, f"127.0.0.1:{port}", tokens, folder, MODEL)
        await asyncio.to_thread(_do_background_work, app)
    finally:
        await app.stop()


def _do_background_work(app: App) -> None:
    app.garbage.collect(Ages())
    app.settlements.sweep()
    app.token_uses.record()
    app.changes.compact(datetime(2020, 1, 1, tzinfo=UTC))
    app.changes.trim(datetime(2020, 1, 1, tzinfo=UTC))


def write_released(url: str, kind: Kind, folder: Path) -> None:
    """Write the files of this release for one kind, from an empty database at `url`."""
    statements: set[str] = set()
    engines = open_engines(url)
    with engines.writers.begin() as connection:
        upgrade(connection, RELEASED)
    engines.dispose()
    with _recorded(statements):
        asyncio.run(_use(url, folder))
    (FOLDER / f"{RELEASED}.{kind}.json").write_text(json.dumps(sorted(statements), indent=1) + "\n")
    file = FOLDER / f"{RELEASED}.{kind}.sql"
    if kind == "postgresql":
        options = ("--no-owner", "--no-privileges", "--inserts", f"--file={file}")
        run_postgres_tool("pg_dump", *options, url)
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        file.write_text("\n".join(connection.iterdump()) + "\n")


def main() -> None:
    """Write the files for both databases."""
    if not head() >= RELEASED:
        sys.exit(f"RELEASED is {RELEASED}, and this code knows schemas up to {head()}")
    with tempfile.TemporaryDirectory(prefix="released-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        for kind in ("sqlite", "postgresql"):
            (folder / kind).mkdir()
        write_released(f"sqlite:///{folder / 'registry.db'}", "sqlite", folder / "sqlite")
        server = start_postgres(folder / "postgres")
        try:
            write_released(server.get_uri(), "postgresql", folder / "postgresql")
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
