"""Whether a disk can take what a registry says that it will send."""

import shutil
from pathlib import Path

from modelregistry.errors import TargetRefused


def has_room(folder: Path, size: int) -> bool:
    """Tell whether so many bytes more fit on the disk of a folder, which must exist."""
    return size <= shutil.disk_usage(folder).free


def check_room(folder: Path, size: int) -> None:
    """Raise TargetRefused unless so many bytes more fit on the disk of a folder."""
    if not has_room(folder, size):
        free = shutil.disk_usage(folder).free
        message = f"{size:,} bytes are to come, and the disk of {folder.parent} has {free:,} free"
        raise TargetRefused(message)
