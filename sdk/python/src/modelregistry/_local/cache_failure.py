"""Failures of the local cache: one warning, then the work continues without it."""

import logging
import os
import sqlite3
import threading
from pathlib import Path
from typing import Final

_LOG: Final = logging.getLogger("modelregistry")

FAILURES: Final = (OSError, sqlite3.Error)
"""All that a cache raises when its disk or its files fail."""

NO_FOLDER: Final = Path(os.devnull, "modelregistry")
"""The cache folder of a user without a home: nothing can be created below the null device."""

_lock: Final = threading.Lock()
_warned: Final[set[Path]] = set()


def warn(folder: Path, error: OSError | sqlite3.Error) -> None:
    """Log a warning that the cache in a folder fails, the first time in this process."""
    with _lock:
        first = folder not in _warned
        _warned.add(folder)
    if not first:
        _LOG.debug("the cache in %r cannot be used: %s", os.fspath(folder), error)
    elif folder == NO_FOLDER:
        _LOG.warning("there is no home folder for a cache; MODELREG_CACHE_DIR selects a folder")
    else:
        reason, where = getattr(error, "strerror", None) or str(error), ascii(os.fspath(folder))
        _LOG.warning("the cache in %s cannot be used, continuing without it: %s", where, reason)


def is_trusted(folder: Path) -> bool:
    """Return whether only this user or root can have written what a folder says of its files.

    Root trusts all folders: it may run a container whose cache belongs to the user of its host.
    """
    user = os.geteuid()
    try:
        return user == 0 or folder.stat().st_uid in {0, user}
    except OSError:
        return True  # it does not exist yet, or cannot be used at all
