"""How this process's C library keeps memory between messages of a megabyte."""

from functools import cache
from typing import Final

_KEPT: Final = 32 * 1024 * 1024 - 64 * 1024


@cache
def keep_buffers() -> None:
    """Let the C library learn that blocks of this size come and go.

    glibc raises its thresholds when a block above them is freed: up to 32 MiB then stay at hand
    (mallopt(3), "dynamic mmap threshold"). Until it has learnt that, every buffer of a megabyte is
    given back to the kernel and costs 256 page faults when it is wanted again: of a push of 1 GiB
    that was half of the system time. Nothing is touched here, so it costs no memory; another
    C library does nothing of the kind.

    Once is enough. What has been learnt holds for later blocks of this size too: another one comes
    out of the heap of its thread, is cleared there, and 32 MiB stay for each thread that ever does
    it.
    """
    bytes(_KEPT)
