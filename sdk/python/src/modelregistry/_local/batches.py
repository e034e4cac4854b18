"""Which blobs travel together."""

from collections.abc import Iterable, Iterator
from typing import Final

from modelregistry._local.files import HashedFile

SMALL_BYTES: Final = 512 * 1024
"""Up to this size a blob travels with others in one call; above, in an upload of its own."""


def batches(
    files: Iterable[HashedFile], *, max_bytes: int, max_blobs: int
) -> Iterator[tuple[HashedFile, ...]]:
    """Yield the files in groups: each large one alone, largest first, then the small ones packed.

    A group of small ones holds at most `max_bytes` and `max_blobs`.
    """
    ordered = sorted(files, key=lambda item: -item.size)
    small_limit = min(SMALL_BYTES, max_bytes)
    batch: list[HashedFile] = []
    for item in ordered:
        if item.size > small_limit:
            yield (item,)
            continue
        size = sum(packed.size for packed in batch)
        if batch and (size + item.size > max_bytes or len(batch) >= max_blobs):
            yield tuple(batch)
            batch = []
        batch.append(item)
    if batch:
        yield tuple(batch)


def travels_alone(batch: tuple[HashedFile, ...], *, max_bytes: int) -> bool:
    """Tell whether a group is one large file."""
    return batch[0].size > min(SMALL_BYTES, max_bytes)
