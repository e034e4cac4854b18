"""Which uploads were begun and not finished: so that a push that died is continued by the next."""

import hashlib
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from modelregistry._local.files import LocalFile
from modelregistry._local.shared_files import close, open_locked

_KEPT_S: Final = 14 * 24 * 3600
_LONGEST: Final = 4096


class Begun:
    """The right to continue one upload, held by one process at a time, until the block is left.

    `upload` is its name, or empty when none is remembered.
    """

    def __init__(self, path: Path, handle: int | None) -> None:
        self._path = path
        self._handle = handle
        self.upload = "" if handle is None else _read(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            if not self.upload:
                self._path.unlink(missing_ok=True)
            close(self._handle)
            self._handle = None

    def remember(self, upload: str) -> None:
        """Remember this upload, in place of another."""
        self.upload = upload
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps({"upload": upload}).encode(), 0)

    def forget(self) -> None:
        """Remember none: it is finished, or of no use."""
        self.remember("")


class UploadJournal:
    """The unfinished uploads of this machine into one namespace of one registry.

    Where it cannot be kept, every upload begins anew.
    """

    def __init__(self, folder: Path, target: str, parent: str) -> None:
        self._folder = folder / "uploads"
        self._where = (target, parent)

    def of_digest(self, digest: str, size: int) -> Begun:
        """Return the upload of these bytes."""
        return self._begun("digest", digest, size)

    def of_file(self, file: LocalFile) -> Begun:
        """Return the upload of this very file, unchanged, begun before its digest was known."""
        return self._begun("file", str(file.path), file.size, *file.state)

    def _begun(self, *key: str | int) -> Begun:
        name = hashlib.sha256(json.dumps([self._where, key]).encode()).hexdigest()
        path = self._folder / f"{name[:40]}.json"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Begun(path, open_locked(path))
        except OSError:
            return Begun(path, None)

    def prune(self) -> None:
        """Forget what is too old for any registry to have kept."""
        oldest = time.time() - _KEPT_S
        for path in self._folder.glob("*.json"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
            except OSError:
                continue


def _read(handle: int) -> str:
    try:
        return str(json.loads(os.pread(handle, _LONGEST, 0))["upload"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""  # new, or cut by a crash
