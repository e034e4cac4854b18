"""Whether files belong to another user than the one who runs `registry-grpc doctor`.

Files that root makes in the folders of a server that runs as another user would stop that server.
"""

import os
import pwd
from pathlib import Path


def foreign_owner(path: Path) -> str:
    """Return whose the path is, if it exists and belongs to another user; else ""."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return ""
    if owner == os.geteuid():
        return ""
    return f"{path} belongs to {_name(owner)}, and this is {_name(os.geteuid())}"


def _name(user: int) -> str:
    try:
        return f"user {pwd.getpwuid(user).pw_name}"
    except KeyError:
        return f"user {user}"
