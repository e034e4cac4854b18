"""Which databases can store a registry: refused before anything is written to another one."""

from sqlalchemy import Connection, text

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.domain.errors import DatabaseUnavailable

_ENCODING = "UTF8"
_OLDEST = 130_000
_FACTS = text(
    "SELECT current_setting('server_encoding'), current_setting('server_version_num')::int, "
    "current_setting('server_version')"
)


def require_suitable(connection: Connection) -> None:
    """Raise DatabaseUnavailable for a database of PostgreSQL that cannot store every text.

    With another encoding, or none (SQL_ASCII), the first label in another script would fail.
    """
    if connection.dialect.name != "postgresql":
        return
    encoding, number, version = connection.execute(_FACTS).one()
    if reason := _refusal(encoding, number, version):
        raise DatabaseUnavailable(fault=DatabaseFault(FaultKind.UNSUITABLE, reason))


def _refusal(encoding: str | bytes, number: int, version: str | bytes) -> str | None:
    # Without an encoding the driver returns bytes.
    if number < _OLDEST:
        return f"PostgreSQL {_text(version)} is older than 13"
    if _text(encoding) != _ENCODING:
        return f"its encoding is {_text(encoding)}, not {_ENCODING}"
    return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
