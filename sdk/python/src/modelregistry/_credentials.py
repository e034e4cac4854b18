"""Removal of passwords and tokens from addresses, and from text that contains addresses."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from modelregistry._secret import HIDDEN

# A password may contain / ? # and @, so it ends at the last @ of a word: an address with a port and
# an @ in its path loses more than it must.
_USER: Final = re.compile(
    r"""([a-z][a-z0-9+.-]*://)(?:[^\s/@:'"<>]*:[^\s'"<>]*|[^\s/@'"<>]+)@""", re.IGNORECASE
)
_SECRETS: Final = "token|passw|pwd|secret|signature|credential|key|sig"
_FIELD: Final = re.compile(
    rf"""([?&;][\w.%-]*(?:{_SECRETS})[\w.%-]*=)[^&;\s'"<>]+""", re.IGNORECASE
)


def redacted(text: str) -> str:
    """Return text with the users, passwords and secret query fields of its URLs as `***`."""
    if "://" not in text:
        return text
    return _FIELD.sub(rf"\1{HIDDEN}", _USER.sub(rf"\1{HIDDEN}@", text))


def without_credentials(address: str) -> str:
    """Return an address without user, password, query or fragment.

    The `git@` of an ssh address stays, because it is not secret.
    """
    if "://" not in address:
        return address
    try:
        scheme = urlsplit(address).scheme
        user = urlsplit(address).netloc.rpartition("@")[0].partition(":")[0]
        parts = urlsplit(_USER.sub(r"\1", address))
    except ValueError:
        return ""  # its secret parts are unknown
    host = f"{user}@{parts.netloc}" if user and "ssh" in scheme else parts.netloc
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
