"""A clock of the database that a test sets: functions of its own shadow those of the engine."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, event, text

_DAY_S, _UNIX_IN_JULIAN_DAYS = 86_400.0, 2_440_587.5
_SHADOW = (
    "CREATE SCHEMA shadow",
    "CREATE TABLE shadow.jump (seconds float8)",
    "INSERT INTO shadow.jump VALUES (0)",
    """CREATE FUNCTION shadow.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
    'SELECT pg_catalog.clock_timestamp() + seconds * interval ''1 second'' FROM shadow.jump'""",
    "ALTER DATABASE {name} SET search_path = shadow, public, pg_catalog",
)


@contextmanager
def jumping_clock(url: str) -> Iterator[Callable[[timedelta], None]]:
    """Yield what sets the clock of a database to so much after the real time.

    Connections have this clock that are opened within the block.
    """
    if not url.startswith("sqlite"):
        with _jumping_postgresql(url) as jump:
            yield jump
        return
    ahead = [0.0]

    def julianday(_: str) -> float:
        return (time.time() + ahead[0]) / _DAY_S + _UNIX_IN_JULIAN_DAYS

    def connected(connection: Any, _: object) -> None:  # noqa: ANN401 - of the driver
        connection.create_function("julianday", 1, julianday)

    event.listen(Engine, "connect", connected)
    try:
        yield lambda by: ahead.__setitem__(0, by.total_seconds())
    finally:
        event.remove(Engine, "connect", connected)


@contextmanager
def _jumping_postgresql(url: str) -> Iterator[Callable[[timedelta], None]]:
    engine = create_engine(url)
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT quote_ident(current_database())"))
        for statement in _SHADOW:
            connection.execute(text(statement.format(name=name)))

    def jump(by: timedelta) -> None:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE shadow.jump SET seconds = :seconds"), {"seconds": by.total_seconds()}
            )

    try:
        yield jump
    finally:
        engine.dispose()
