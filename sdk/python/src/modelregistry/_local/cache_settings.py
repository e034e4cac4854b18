"""The settings of the local cache, completed from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelregistry._local.cache_failure import NO_FOLDER
from modelregistry.cache import Cache, Verify
from modelregistry.errors import ConfigurationError

DEFAULT_MAX_BYTES: Final = 20 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """The completed options of a cache. A `max_bytes` of 0 turns it off."""

    folder: Path
    max_bytes: int
    verify: Verify


def complete(cache: Cache | str | Path | bool | None, environ: Mapping[str, str]) -> CacheSettings:  # noqa: FBT001 - the option is a word, a place or a switch
    """Complete the option `cache` of a client from the environment; raise ConfigurationError."""
    given = cache if isinstance(cache, Cache) else Cache()
    if isinstance(cache, str | Path):
        given = Cache(folder=cache)
    folder = Path(given.folder) if given.folder else _default_folder(environ)
    size = given.max_bytes if given.max_bytes is not None else _default_bytes(environ)
    if size < 0 or given.verify not in {"size", "full"}:
        message = 'a cache has max_bytes of at least 0, and verify="size" or "full"'
        raise ConfigurationError(message)
    off = cache is False
    return CacheSettings(
        folder=_expanded(folder), max_bytes=0 if off else size, verify=given.verify
    )


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:  # no HOME, and no entry for this user where HOME would come from
        return NO_FOLDER


def _default_folder(environ: Mapping[str, str]) -> Path:
    if chosen := environ.get("MODELREG_CACHE_DIR"):
        return Path(chosen)
    shared = environ.get("XDG_CACHE_HOME", "")
    # The XDG specification requires that a relative path is ignored.
    above = Path(shared) if os.path.isabs(shared) else Path("~/.cache")  # noqa: PTH117 - "" is not
    return above / "modelregistry"


def _default_bytes(environ: Mapping[str, str]) -> int:
    text = environ.get("MODELREG_CACHE_BYTES") or str(DEFAULT_MAX_BYTES)
    try:
        return int(text)
    except ValueError as error:
        message = f"MODELREG_CACHE_BYTES must be a number of bytes: {text!r}"
        raise ConfigurationError(message) from error
