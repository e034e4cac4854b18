"""The meaning of PostgreSQL's SQLSTATE codes, as two tables.

The classes of the driver are no guide: it raises InternalError both for a session that the server
ended (25P03) and for a bug of the server. Source: appendix A of PostgreSQL's manual, and the places
in its source that raise them.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeGuard

from registry_grpc.domain.database_fault import FaultKind

_FAULTS: Final[Mapping[str, FaultKind]] = {
    # A code of five characters, or a class: its first two.
    "08": FaultKind.UNREACHABLE,  # connection exceptions, also those that poolers report
    "25006": FaultKind.READ_ONLY,  # a standby, or a primary that has become one
    "25P03": FaultKind.BUSY,  # idle in a transaction for too long
    "25P04": FaultKind.BUSY,  # a transaction that lasted too long
    "28": FaultKind.LOGIN,
    "3D000": FaultKind.MISSING,
    "40": FaultKind.BUSY,  # serialization failures and deadlocks: a repeat can succeed
    "42501": FaultKind.PERMISSION,
    "53": FaultKind.BUSY,  # memory or connections are exhausted
    "53100": FaultKind.FULL,
    "55": FaultKind.BUSY,  # locks that are not available, objects that are not ready
    "57": FaultKind.UNREACHABLE,  # the server shuts down, crashed or starts
    "57014": FaultKind.BUSY,  # cancelled by a timeout
    "58": FaultKind.FAILED,  # I/O errors of the server's system
    "72000": FaultKind.BUSY,  # a snapshot that is too old
    "F0": FaultKind.FAILED,  # a broken configuration file
    "XX001": FaultKind.DAMAGED,
    "XX002": FaultKind.DAMAGED,  # an index
}
# COMMIT that is answered by an ERROR of these was rolled back. Others may be what a pooler reports
# instead of the answer that it has lost.
_ROLLED_BACK: Final = frozenset(
    {
        "22",
        "23",  # deferred constraints
        "25",
        "40",
        "42",
        "53",
        "54",
        "55",
        "57014",  # cancelled: after the commit record is written nothing can be cancelled
        "58",
        "P0",
    }
)
_UNKNOWN: Final = "40003"  # statement completion unknown: says so itself
# The server ends a session that is idle in a transaction before it reads the next statement.
_ENDED_BEFORE: Final = "25P03"
_ERROR: Final = "ERROR"
_CODE: Final = re.compile("[0-9A-Z]{5}")


def is_code(sqlstate: object) -> TypeGuard[str]:
    """Return whether it is a SQLSTATE; drivers have None for errors of their own."""
    return isinstance(sqlstate, str) and _CODE.fullmatch(sqlstate) is not None


def fault_kind(sqlstate: str) -> FaultKind | None:
    """Return what is wrong with the database; None for a mistake in a statement or its data."""
    return _FAULTS.get(sqlstate) or _FAULTS.get(sqlstate[:2])


def is_rolled_back(sqlstate: str, severity: str) -> bool:
    """Return whether this answer to COMMIT says that nothing was committed.

    severity: ERROR, FATAL or PANIC, not localized. With FATAL and PANIC the session has ended, and
    the server may have ended it between the commit and its answer.
    """
    if sqlstate == _ENDED_BEFORE:
        return True
    listed = sqlstate in _ROLLED_BACK or sqlstate[:2] in _ROLLED_BACK
    return severity == _ERROR and sqlstate != _UNKNOWN and listed
