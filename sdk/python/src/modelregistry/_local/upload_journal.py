"""The names of unfinished uploads, so that the next push resumes them."""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from modelregistry._local.cache_failure import warn
from modelregistry._local.files import LocalFile
from modelregistry._local.shared_files import close, open_locked

_MAX_AGE_S: Final = 14 * 24 * 3600
_MAX_BYTES: Final = 4096


class UploadLease:
    """The right of one process to resume an upload, until the end of the `with` block.

    `upload` is the name of the upload; empty when none is recorded.
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
                with suppress(OSError):  # an empty record resumes nothing
                    self._path.unlink(missing_ok=True)
            close(self._handle)
            self._handle = None

    def record(self, upload: str) -> None:
        """Record an upload, in place of another one, if the journal can be written."""
        self.upload = upload
        if self._handle is not None:
            try:
                os.ftruncate(self._handle, 0)
                os.pwrite(self._handle, json.dumps({"upload": upload}).encode(), 0)
            except OSError as error:  # a full disk, which leaves an empty record
                warn(self._path.parents[1], error)

    def clear(self) -> None:
        """Remove the record, because the upload is finished or cannot be resumed."""
        self.record("")


class UploadJournal:
    """The unfinished uploads of this machine into one namespace of one registry.

    Where the journal cannot be written, the first failure logs a warning, and every upload starts
    from the beginning.
    """

    def __init__(self, folder: Path, target: str, parent: str) -> None:
        self._folder = folder / "uploads"
        self._where = (target, parent)

    def by_digest(self, digest: str, size: int) -> UploadLease:
        """Return the lease of the upload of a digest."""
        return self._lease("digest", digest, size)

    def by_file(self, file: LocalFile) -> UploadLease:
        """Return the lease of the upload of an unchanged file whose digest was not yet known."""
        return self._lease("file", str(file.path), file.size, *file.state)

    def _lease(self, *key: str | int) -> UploadLease:
        name = hashlib.sha256(json.dumps([self._where, key]).encode()).hexdigest()
        path = self._folder / f"{name[:40]}.json"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return UploadLease(path, open_locked(path))
        except OSError as error:
            warn(self._folder.parent, error)
            return UploadLease(path, None)

    def prune(self) -> None:
        """Remove records older than 14 days, which is longer than a registry keeps an upload."""
        oldest = time.time() - _MAX_AGE_S
        with suppress(OSError):
            for path in self._folder.glob("*.json"):
                with suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        path.unlink(missing_ok=True)


def _read(handle: int) -> str:
    try:
        return str(json.loads(os.pread(handle, _MAX_BYTES, 0))["upload"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""  # a new file, or one cut by a crash
