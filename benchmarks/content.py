"""Files of bytes that nothing can compress and no registry has seen."""

import os
from pathlib import Path

MIB = 1024 * 1024
GIB = 1024 * MIB
SMALL = 64 * 1024
_POOL_BYTES = 64 * MIB


def write_file(path: Path, size: int) -> None:
    """Write `size` new bytes and sync them.

    A pool of random bytes is repeated, each MiB of it stamped with where it stands: as fast as the
    disk, and beyond the window of any compression.
    """
    pool = bytearray(os.urandom(min(size, _POOL_BYTES)))
    with path.open("xb", buffering=0) as file:
        written = 0
        while written < size:
            for start in range(0, len(pool), MIB):
                pool[start : start + 8] = (written + start).to_bytes(8, "big")
            written += file.write(memoryview(pool)[: size - written])
        os.fsync(file.fileno())


def warm_memory(folder: Path, size: int) -> None:
    """Let the system have memory at hand for files of so many bytes; to be called on both sides.

    A virtual machine gives free memory back to its host, within seconds, and gets it again page by
    page: that alone can double the time of a transfer, for whichever side meets it. A file that is
    written and removed right before leaves its memory with the system; three times the size, for
    not all of that is what the system hands out next.
    """
    path, piece = folder / "warm", os.urandom(MIB)
    with path.open("xb", buffering=0) as file:
        for _ in range(3 * size // MIB + 1):
            file.write(piece)
    path.unlink()
