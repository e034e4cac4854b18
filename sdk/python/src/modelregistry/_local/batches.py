"""Which files travel together."""

from collections.abc import Iterable, Iterator
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
