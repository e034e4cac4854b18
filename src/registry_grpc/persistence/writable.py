"""Whether a database accepts changes at present, found without making one."""

import os

from sqlalchemy import Engine, text

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.persistence.failures import begun

_STATE = text(
    "SELECT pg_is_in_recovery() AS standby, "
    "current_setting('default_transaction_read_only') AS set, "
    "has_table_privilege('changes', 'INSERT') AS permitted, current_user AS role"
)


def write_fault(readers: Engine) -> DatabaseFault | None:
    """Return why the database accepts no changes; None if it does. Raises DatabaseUnavailable."""
    if readers.dialect.name == "sqlite":
        reason = _of_file(readers)
        return DatabaseFault(FaultKind.READ_ONLY, reason) if reason else None
    return _of_server(readers)


def _of_server(readers: Engine) -> DatabaseFault | None:
    with begun(readers) as (connection, _):
        found = connection.execute(_STATE).one()
    if found.standby:
        return DatabaseFault(FaultKind.READ_ONLY, "the server is a standby (in recovery)")
    if found.set == "on":
        return DatabaseFault(FaultKind.READ_ONLY, "default_transaction_read_only is on")
    if not found.permitted:
        return DatabaseFault(FaultKind.PERMISSION, f"{found.role} may not add to the log")
    return None


def _of_file(readers: Engine) -> str:
    path = str(readers.url.database)
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path}: its file system is read-only"
    return "" if os.access(path, os.W_OK) else f"{path}: this process may not write to it"
