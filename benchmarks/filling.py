"""A large registry without the hours of making one: one real registration, copied by SQL.

The rows that the server wrote for it are read back and written again, the change log included. All
versions have the one file. The model `DEEP` has a tenth of the versions; the others take turns for
the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, insert, select, update

from benchmarks import content, registry_client
from benchmarks.copies import COPIED, Copy, Row, Rows, model_id
from benchmarks.run import Run
from benchmarks.servers import administer, registry
from modelregistry import Environment, Package, Quiet
from registry_grpc.persistence.catalog_tables import models, version_heads
from registry_grpc.persistence.engine import Engines, open_engines
from registry_grpc.persistence.log_tables import changes, revision_counter

DEEP = model_id(0)
ALIAS = "champion"
_DEEP_EVERY = 10
_PORTION = 5_000
_BYTES_EACH = 4_096


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to be; more than one version to a model."""

    models: int
    versions: int


def fill(run: Run, url: str, size: Size) -> None:
    """Make an empty database a registry of this size; needs about 4 KiB of disk for a version."""
    run.need_disk(size.versions * _BYTES_EACH)
    administer("migrate", "--database", url)
    _register_one(run, url)
    engines = open_engines(url)
    try:
        _copy(run, engines, size)
        if url.startswith("postgresql"):
            with engines.listeners.connect() as connection:
                connection.exec_driver_sql("SET statement_timeout = 0")
                connection.exec_driver_sql("VACUUM (ANALYZE)")  # as it does by itself, in time
    finally:
        engines.dispose()


def _register_one(run: Run, url: str) -> None:
    with (
        run.folder("filling") as folder,
        registry(run, "filling/registry", "--database", url) as server,
        registry_client.fresh(server.target, server.client_dir) as client,
    ):
        content.write_file(folder / "model.bin", 4_096)
        client.push(
            DEEP,
            folder / "model.bin",
            alias=ALIAS,
            metrics={"auc": 0.97, "recall": 0.81, "brier": 0.07},
            tags={"team": "risk", "ticket": "RISK-7"},
            params={"depth": "6", "rate": "0.1"},
            environment=Environment(
                python_version="3.11.9",
                platform="Linux-6.1-x86_64",
                packages=(Package("numpy", "2.3.1"), Package("scikit-learn", "1.8.0")),
            ),
            source=None,
            progress=Quiet(),
        )


def _copy(run: Run, engines: Engines, size: Size) -> None:
    with engines.writers.begin() as connection:
        original = {table: _all(connection, table) for table in COPIED}
    for index, portion in _portions(original, size):
        with engines.writers.begin() as connection:
            for table, rows in portion.items():
                connection.execute(insert(table), rows)
        run.say(f"filled in {index + 1:,} of {size.versions:,} versions")
    with engines.writers.begin() as connection:
        _count(connection)


def _all(connection: Connection, table: Table) -> Sequence[Row]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _portions(original: Rows, size: Size) -> Iterator[tuple[int, Rows]]:
    """Yield the rows of all versions but the first, some thousands at a time."""
    numbers = [1] + [0] * (size.models - 1)
    portion: dict[Table, list[Row]] = {}
    for index in range(1, size.versions):
        model = _model_of(index, size.models)
        numbers[model] += 1
        for table, row in Copy(original, index, model, numbers[model]).rows():
            portion.setdefault(table, []).append(row)
        if index % _PORTION == 0 or index == size.versions - 1:
            yield index, {table: portion[table] for table in COPIED if table in portion}
            portion = {}


def _model_of(index: int, count: int) -> int:
    if count == 1 or index % _DEEP_EVERY == 0:
        return 0
    return 1 + (index - index // _DEEP_EVERY - 1) % (count - 1)


def _count(connection: Connection) -> None:
    """Let each model and the log know how far they are."""
    newest = select(func.max(version_heads.c.number)).where(
        version_heads.c.model_uid == models.c.uid
    )
    connection.execute(update(models).values(next_version=newest.scalar_subquery() + 1))
    last = select(func.max(changes.c.revision), func.max(changes.c.time))
    revision, time = connection.execute(last).one()
    connection.execute(update(revision_counter).values(revision=revision, last_time=time))


def large_size(run: Run) -> Size:
    """Return the size of a large registry."""
    return run.pick(Size(100_000, 1_000_000), Size(200, 2_000))


def large_sqlite(run: Run) -> str:
    """Return the URL of a large registry, filled once in a run; it goes with the run."""
    path, filling = run.directory / "large.db", run.directory / "filling.db"
    if not path.exists():
        fill(run, f"sqlite:///{filling}", large_size(run))
        filling.rename(path)
    return f"sqlite:///{path}"


def prepare_large(run: Run) -> None:
    """Fill it before the clock of a figure starts."""
    large_sqlite(run)
