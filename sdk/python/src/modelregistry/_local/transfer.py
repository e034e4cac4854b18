"""What uploads and downloads share: batches, a progress counter and memory for buffers."""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, Protocol, TypeVar

SMALL_BYTES: Final = 512 * 1024
"""Up to this size a blob travels with others in one call; above, in a stream of its own."""


class Sized(Protocol):
    """What has a size in bytes."""

    @property
    def size(self) -> int:
        """Bytes."""


Item = TypeVar("Item", bound=Sized)


def batches(items: Iterable[Item], *, max_bytes: int, max_blobs: int) -> Iterator[tuple[Item, ...]]:
    """Yield the items in groups: each large one alone, largest first, then the small ones packed.

    A group of small ones holds at most `max_bytes` and `max_blobs`.
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
    """Tell whether an item travels alone, where a batch holds so many bytes."""
    return item.size > min(SMALL_BYTES, max_bytes)


class ProgressCounter:
    """Tells `advance` how many bytes more are settled; safe to share between threads."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._lock = threading.Lock()
        self._offset = 0

    def reach(self, offset: int) -> None:
        """Show what is new up to this offset."""
        with self._lock:
            new = offset - self._offset
            self._offset = max(self._offset, offset)
        if new > 0:
            self._advance(new)


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
