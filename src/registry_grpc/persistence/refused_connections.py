"""The meaning of a connection to PostgreSQL that was not made.

libpq keeps no SQLSTATE of such a failure, so that only its text is left: its own words, and those
of PostgreSQL or a pooler in English. The text of a server with another language in `lc_messages`
matches no pattern; then the operator reads the reason, with general advice.
"""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import URL

from registry_grpc.domain.database_fault import FaultKind

_PATTERNS: Final[Sequence[tuple[FaultKind, str]]] = (
    # The first that matches counts.
    (FaultKind.POOLER, r"unsupported startup parameter|pooler"),
    (FaultKind.LOGIN, r"no pg_hba\.conf entry"),
    (FaultKind.UNREACHABLE, r"invalid response to SSL negotiation"),  # of another service
    (FaultKind.ENCRYPTION, r"\bSSL\b|\bTLS\b|sslmode|certificate"),
    (FaultKind.PERMISSION, r"permission denied for database|is not permitted to log in"),
    (FaultKind.BUSY, r"too many (clients|connections)|connection slots|no more connections"),
    (FaultKind.MISSING, r"database \S+ does not exist|no such database"),
    (FaultKind.LOGIN, r"role \S+ does not exist|no such user|pg_hba\.conf"),
    (FaultKind.LOGIN, r"authentication failed|auth failed|no password|\bSASL\b|\bSCRAM\b"),
)
_UNENCRYPTED: Final = re.compile(r"no pg_hba\.conf entry .*no encryption", re.DOTALL)


def fault_kind(text: str) -> FaultKind:
    """Return what is wrong, from the text of the driver's error."""
    found = (kind for kind, pattern in _PATTERNS if re.search(pattern, text, re.DOTALL))
    return next(found, FaultKind.UNREACHABLE)


def demands_tls(text: str, url: URL) -> bool:
    """Return whether a login may have been rejected because the URL forbids TLS.

    PostgreSQL adds "no encryption" to each rejection of an unencrypted login, also of an unknown
    user. Without `sslmode=disable` libpq has tried TLS, and the text has that rejection too, or the
    server has no TLS.
    """
    return url.query.get("sslmode") == "disable" and _UNENCRYPTED.search(text) is not None
