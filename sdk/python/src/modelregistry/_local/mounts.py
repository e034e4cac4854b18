"""Mount points, which no rename can move or replace."""

import os
import re
from functools import partial
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_POINT: Final = 4
"""The field of the mount point; see proc_pid_mountinfo(5)."""
_ESCAPED: Final = partial(re.compile(rb"\\([0-7]{3})").sub, lambda found: bytes([int(found[1], 8)]))


def mounts_within(path: Path) -> list[Path]:
    """Return the mount points at and below a resolved path, its own first.

    Linux lists bind mounts too, also those of single files. Elsewhere only the path itself is
    examined.
    """
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return [path] if os.path.ismount(path) else []
    points = {Path(os.fsdecode(_ESCAPED(line.split(b" ")[_POINT]))) for line in lines}
    return sorted(point for point in points if point.is_relative_to(path))
