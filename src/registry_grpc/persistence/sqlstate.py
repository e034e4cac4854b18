"""The meaning of PostgreSQL's SQLSTATE codes for a caller, as two tables.

The classes of the driver are no guide: it raises InternalError both for a session that the server
ended (25P03) and for a bug of the server. Source: appendix A of PostgreSQL's manual, and the places
in its source that raise them.
"""

import re
from typing import Final, TypeGuard

# A code of five characters, or a class: its first two.
_UNAVAILABLE: Final = frozenset(
    {
        "08",  # connection exceptions, also those that poolers report
        "25006",  # read-only: a standby, or a primary that has become one
        "25P03",  # idle in a transaction for too long
        "25P04",  # a transaction that lasted too long
        "28",  # the server does not accept these credentials
        "3D000",  # the database does not exist
        "40",  # serialization failures and deadlocks: a repeat can succeed
        "53",  # disk, memory or connections are exhausted
        "55",  # locks that are not available, objects that are not ready
        "57",  # cancelled by a timeout; the server shuts down, crashed or starts
        "58",  # I/O errors of the server's system
        "72000",  # a snapshot that is too old
        "F0",  # a broken configuration file
        "XX001",  # damaged data
        "XX002",  # a damaged index
    }
)
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


def is_unavailable(sqlstate: str) -> bool:
    """Return whether the database cannot do now what it could do at another time."""
    return _listed(sqlstate, _UNAVAILABLE)


def is_rolled_back(sqlstate: str, severity: str) -> bool:
    """Return whether this answer to COMMIT says that nothing was committed.

    severity: ERROR, FATAL or PANIC, not localized. With FATAL and PANIC the session has ended, and
    the server may have ended it between the commit and its answer.
    """
    if sqlstate == _ENDED_BEFORE:
        return True
    return severity == _ERROR and sqlstate != _UNKNOWN and _listed(sqlstate, _ROLLED_BACK)


def _listed(sqlstate: str, codes: frozenset[str]) -> bool:
    return sqlstate in codes or sqlstate[:2] in codes
