"""Whether a database accepts changes at present, found without making one."""

import os

from sqlalchemy import Engine, text

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind

_STATE = text(
    "SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') AS set"
)


def write_fault(readers: Engine) -> DatabaseFault | None:
    """Return why the database accepts no changes; None if it does. Raises DatabaseUnavailable."""
    reason = _of_file(readers) if readers.dialect.name == "sqlite" else _of_server(readers)
    return DatabaseFault(FaultKind.READ_ONLY, reason) if reason else None


def _of_server(readers: Engine) -> str:
    with readers.begin() as connection:
        found = connection.execute(_STATE).one()
    if found.standby:
        return "the server is a standby (in recovery)"
    return "default_transaction_read_only is on" if found.set == "on" else ""


def _of_file(readers: Engine) -> str:
    path = str(readers.url.database)
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path}: its file system is read-only"
    return "" if os.access(path, os.W_OK) else f"{path}: this process may not write to it"
