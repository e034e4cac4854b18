"""The common parts of uploads and downloads: batches, a progress counter and buffer memory."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, Protocol, TypeVar

SMALL_BYTES: Final = 512 * 1024
"""Blobs up to this size share a call; larger ones have a stream each."""


class Sized(Protocol):
    """An item with a size in bytes."""

    @property
    def size(self) -> int:
        """Bytes."""


Item = TypeVar("Item", bound=Sized)


def batches(items: Iterable[Item], *, max_bytes: int, max_blobs: int) -> Iterator[tuple[Item, ...]]:
    """Yield the items in groups: each large item alone, largest first, then batches of small ones.

    A batch has at most `max_bytes` and `max_blobs`.
    """
    batch: list[Item] = []
    size = 0
    for item in sorted(items, key=lambda item: -item.size):
        if is_large(item, max_bytes=max_bytes):
            yield (item,)
            continue
        if batch and (size + item.size > max_bytes or len(batch) >= max_blobs):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield tuple(batch)


def is_large(item: Sized, *, max_bytes: int) -> bool:
    """Return whether an item has a stream of its own, where a batch has at most `max_bytes`."""
    return item.size > min(SMALL_BYTES, max_bytes)


class ProgressCounter:
    """Reports progress by offset: bytes that are transferred twice are reported once.

    Safe to share between threads.
    """

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._lock = threading.Lock()
        self._offset = 0

    def advance_to(self, offset: int) -> None:
        """Report the bytes between the highest offset so far and this one."""
        with self._lock:
            new = offset - self._offset
            self._offset = max(self._offset, offset)
        if new > 0:
            self._advance(new)


class OtherDownload:
    """Observes the progress of another process."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._missing = -1
        self._since = 0.0

    def is_stuck(self, missing: int) -> bool:
        """Record how many bytes are missing; return whether that has not changed for too long."""
        now = time.monotonic()
        if missing != self._missing:
            self._missing, self._since = missing, now
        return now - self._since > self._patience_s


_KEPT: Final = 32 * 1024 * 1024 - 64 * 1024


@cache
def keep_buffers() -> None:
    """Make glibc keep freed buffers of a megabyte for reuse.

    glibc raises its thresholds when a block above them is freed, and then keeps up to 32 MiB
    (mallopt(3), "dynamic mmap threshold"). Before that, it returns every buffer of a megabyte to
    the kernel, and the next one costs 256 page faults: half of the system time of a push of 1 GiB.
    The block that this function allocates is never touched, so it takes no memory. Other C
    libraries ignore it.

    It runs once in a process: another such block would come out of the heap of its thread, be
    cleared there, and 32 MiB would stay for each of these threads.
    """
    bytes(_KEPT)
