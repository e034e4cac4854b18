"""The options of the local cache."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verify = Literal["size", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Options of the local cache, which all processes of a user share.

    `folder` is its location: by default `MODELREG_CACHE_DIR`, or `modelregistry` in
    `XDG_CACHE_HOME` or `~/.cache`. `max_bytes` bounds the files in it, by default
    `MODELREG_CACHE_BYTES` or 20 GiB; the least recently used files are evicted first, and 0 turns
    the cache off. `verify` selects the check at each use of a file: `size` compares size,
    modification time and inode with those of the stored file, and hashes the file only if they
    differ; `full` always hashes it.

    Independent of the bound, the folder also stores the digests of local files, the names of
    unfinished uploads, and the last answers of resolvers.
    """

    folder: str | Path | None = None
    max_bytes: int | None = None
    verify: Verify = "size"
