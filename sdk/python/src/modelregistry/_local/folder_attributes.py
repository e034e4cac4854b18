"""The attributes of a folder that its replacement keeps: owner, group, mode, ACL and others."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path


def keep_attributes(old: Path, new: Path) -> bool:
    """Give an empty folder the attributes of another one; return whether it has them now.

    The owner may differ, where this user cannot give files away. The folder stays writable for its
    owner; `restore_mode` sets the exact mode at the end. Files that are created in it later inherit
    its group (with setgid) and its default ACL.
    """
    wanted = old.stat()
    with suppress(OSError):
        _own(new, wanted)
    extended = _keep_extended(old, new)
    # After the owner, whose change clears setgid, and after the ACL, which changes the mode.
    mode = stat.S_IMODE(wanted.st_mode) | stat.S_IRWXU
    new.chmod(mode)
    present = new.stat()
    return extended and present.st_gid == wanted.st_gid and stat.S_IMODE(present.st_mode) == mode


def restore_mode(old: Path, new: Path) -> None:
    """Give a folder the exact mode of another one."""
    new.chmod(stat.S_IMODE(old.stat().st_mode))


def _own(folder: Path, wanted: os.stat_result) -> None:
    present = folder.stat()
    if (wanted.st_uid, wanted.st_gid) == (present.st_uid, present.st_gid):
        return
    try:
        os.chown(folder, wanted.st_uid, wanted.st_gid)
    except PermissionError:
        os.chown(folder, -1, wanted.st_gid)  # a member of the group may do that


def _keep_extended(old: Path, new: Path) -> bool:
    if sys.platform != "linux":
        return True
    kept = True
    for name in _listed(old):
        try:
            value = os.getxattr(old, name)
            if name not in _listed(new) or os.getxattr(new, name) != value:
                os.setxattr(new, name, value)
        except OSError:
            # Labels of the system are not for every user to set; users' attributes and ACLs are.
            kept = kept and not name.startswith(("user.", "system."))
    return kept


def _listed(folder: Path) -> list[str]:
    if sys.platform == "linux":
        with suppress(OSError):  # a file system without them
            return os.listxattr(folder)
    return []
