"""What the client keeps on this machine between runs, and how much of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verify = Literal["size", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Options of the local cache, which all processes of a user share.

    `folder` is where it lives: by default `MODELREG_CACHE_DIR`, or `modelregistry` in
    `XDG_CACHE_HOME` or `~/.cache`. `max_bytes` bounds the files in it, by default
    `MODELREG_CACHE_BYTES` or 20 GiB; what was used longest ago gives way, and 0 turns the cache
    off. `verify` says what is checked whenever a file of the cache is used: `size` that its size,
    modification time and inode are those of the file that was put there, hashing it only if they
    are not; `full` always hashes it.

    The same folder holds, whatever the bound, a small memory of which file has which digest, of
    uploads that are not finished, and of the last answers of resolvers.
    """

    folder: str | Path | None = None
    max_bytes: int | None = None
    verify: Verify = "size"
