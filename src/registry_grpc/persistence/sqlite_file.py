"""Connections of SQLite stay on the file that has the database's path.

A restore puts another file at this path. A connection would continue with the old one, which has no
path any more, and acknowledged changes would be lost at the end of the process.
"""

import os
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.faults import file_fault

_FILE: Final = "registry-file"
File = tuple[int, int]
"""The device and the number of a file, which no other has while it is open."""


def file_at(path: str) -> File:
    """Return the file that has a path now; raise DatabaseUnavailable when none has."""
    try:
        state = os.stat(path)  # noqa: PTH116 - called in each transaction
    except OSError as error:
        raise DatabaseUnavailable(fault=file_fault(path, error)) from error
    return state.st_dev, state.st_ino


class DatabaseFile:
    """The file at a path, for all engines on it."""

    def __init__(self, path: str) -> None:
        """Use `path`, where a file need not be before the first connection makes it."""
        self._path = path
        self._opened = False

    def follow(self, engine: Engine) -> None:
        """Replace connections of `engine` to a file that is not at the path any more.

        That happens before each use. While there is no file, uses raise DatabaseUnavailable, and
        do not create an empty one.
        """
        event.listen(engine, "do_connect", self._connecting)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "checkout", self._lent)

    def _connecting(self, _dialect: object, entry: ConnectionPoolEntry, *_: object) -> None:
        if self._opened:
            # Before it connects: another file may come while it does, and which one it has is not
            # known then. It is replaced at its first use.
            entry.info[_FILE] = file_at(self._path)

    def _connected(self, _connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info.setdefault(_FILE, file_at(self._path))
        self._opened = True

    def _lent(
        self, _connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object
    ) -> None:
        if entry.info[_FILE] != file_at(self._path):
            raise DisconnectionError
